import { type Level } from '../core/drift/verdict.ts';
import { versionName } from '../core/base/ids.ts';
import { type Instant } from '../core/time/time.ts';
import { attributes, type LoopInput } from './messages.ts';
import { momentOf } from './run/moment.ts';
import { askForRetraining, checkDrift, writeReport } from './steps/steps.ts';
import { freshData } from './steps/sub-loops.ts';
import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';

export interface MonitoringResult {
  asOf: Instant;
  verdict: string | null;
  level: Level | null;
  report: string | null;
  request: string | null;
}

/** Checks the trailing window, writes the verdict and its report, and requests a new model when drift became severe or labels show that the performance fell. */
export async function monitoring({ pipeline, asOf: asked }: LoopInput): Promise<MonitoringResult> {
  upsertSearchAttributes([
    { key: attributes.pipeline, value: pipeline.name },
    { key: attributes.loop, value: 'monitoring' },
  ]);
  const asOf = await momentOf(asked);

  const check = () => checkDrift.executeWithOptions({ summary: `window up to ${asOf}` }, [{ pipeline, asOf }]);
  let checked = await check();
  while (checked === 'stale') {
    await freshData({ pipeline, asOf });
    checked = await check();
  }
  if (!checked) {
    setCurrentDetails('No champion serves yet, so there is nothing to hold the window against.');
    return { asOf, verdict: null, level: null, report: null, request: null };
  }
  upsertSearchAttributes([
    { key: attributes.verdict, value: checked.abstained === null ? checked.level : 'abstained' },
    { key: attributes.version, value: versionName(checked.version) },
  ]);
  setCurrentDetails(
    checked.abstained ??
      `**${checked.level}**: ${checked.alarmed ? alarmInWords(checked) : shareInWords(checked)} over ${checked.rows} rows` +
        (checked.unsure === undefined ? '' : `; the alarm cannot judge yet: ${checked.unsure}`),
  );
  const report = await writeReport({ pipeline, verdict: checked.id });
  const request =
    checked.level === 'severe' || checked.decayed ? await askForRetraining({ pipeline, verdict: checked.id }) : null;
  return { asOf, verdict: checked.id, level: checked.level, report, request };
}

const alarmInWords = ({ drifted, warned = [] }: { drifted: readonly string[]; warned?: readonly string[] }): string =>
  (drifted.length === 0 ? 'no column is unusual' : `the alarm is raised for ${drifted.join(', ')}`) +
  (warned.length === 0 ? '' : `; it cannot tell of ${warned.join(', ')}, farther from the reference than before`);

const shareInWords = ({ share, drifted }: { share: number; drifted: readonly string[] }): string =>
  `${(share * 100).toFixed(0)} % of the columns drifted${drifted.length > 0 ? ` (${drifted.join(', ')})` : ''}`;
