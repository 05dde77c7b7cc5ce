import { command } from '../../command.ts';
import { columnTitle } from '../../../core/drift/alarm/words.ts';
import { unknownColumns } from '../../../core/drift/standing.ts';
import { behindInWords, type Verdict } from '../../../core/drift/verdict.ts';
import { versionName } from '../../../core/base/ids.ts';
import { columns, time } from '../../words.ts';
import { writeOut } from '../../written.ts';
import { UserError } from '../../../core/base/errors/errors.ts';
import { Option } from 'commander';

interface ReportOptions {
  verdict?: string;
  list?: boolean;
  mail?: boolean;
  from?: string;
  against?: string;
  out?: string;
}

export const report = command<ReportOptions>({
  arguments: '<pipeline>',
  summary: 'Write the report of a drift check, or compare two windows',
  description:
    'Writes the report of a drift check; --list lists the newest checks with their verdicts. With --from and --against it compares what you name instead: a version ("v3" or an alias, by ' +
    'its holdout), a day ("2026-03-01") or two times ("2026-03-01/2026-03-08", the second one excluded; in UTC). That ' +
    'stores nothing, and alarms nobody. With --mail the report is HTML as mail programs show it, in words and tables: small, ' +
    'without drawings or scripts. Alerts by mail bring it anyway.',
  example: 'fraud --out drift.html',
  options: [
    new Option('--verdict <id>', 'the verdict to report (default: the newest)'),
    new Option('--list', 'list the newest verdicts instead').conflicts(['verdict', 'mail', 'from', 'against', 'out']),
    new Option('--mail', 'write it for a mail').conflicts(['from', 'against']),
    new Option('--from <what>', 'the version or window to compare').conflicts('verdict'),
    new Option('--against <what>', 'the version or window to compare it with').conflicts('verdict'),
    new Option('--out <file>', 'file to write (default: PIPELINE-drift-VERDICT.html)'),
  ],
  async run([pipeline = ''], { verdict: id, list = false, mail = false, from, against, out }, { operations, result }) {
    if (list) {
      const checks = await operations.reports.checks(pipeline);
      const none = `${pipeline} has no drift check yet. Run one: perennial run ${pipeline} monitoring`;
      result(checks, checks.length > 0 ? columns([HEAD, ...checks.map(inLine)]) : none);
      return;
    }
    if (from !== undefined || against !== undefined) {
      if (from === undefined || against === undefined)
        throw new UserError('REQUEST_INVALID', 'A comparison needs both --from and --against: give both, or neither.');
      const { html, ...compared } = await operations.reports.compare(pipeline, { from, against });
      const file = out ?? `${pipeline}-comparison-${compared.id}.html`;
      await writeOut(file, html);
      const found = compared.abstained ?? comparedInWords(compared);
      result({ ...compared, file }, `${compared.from} against ${compared.against}: ${found} Wrote ${file}.`);
      return;
    }
    if (mail) {
      const { verdict, html } = await operations.reports.mail(pipeline, id);
      const file = out ?? `${pipeline}-drift-${verdict}-mail.html`;
      await writeOut(file, html);
      result({ verdict, file }, `Wrote the report of verdict ${verdict} for a mail to ${file}.`);
      return;
    }
    const { verdict, reportKey, html, newer } = await operations.reports.drift(pipeline, id);
    const file = out ?? `${pipeline}-drift-${verdict}.html`;
    await writeOut(file, html);
    const wrote = `Wrote the report of verdict ${verdict} to ${file}. Open it in a browser.`;
    const waits = newer && `The newest check, ${newer.verdict} of ${time(newer.asOf)}, has no report yet.`;
    result({ verdict, reportKey, file, newer }, waits ? `${wrote}\n${waits}` : wrote);
  },
});

/** No alarm judges what is compared by hand: the share of columns may be stable where an alarm is raised for one of them. */
function comparedInWords({ level, drifted }: { level: string; drifted: readonly string[] }): string {
  const lie = drifted.length > 1 ? 'lie past their' : 'lies past its';
  return `${drifted.join(', ') || 'no column'} ${lie} thresholds, which by the share of columns is ${level}; no alarm judges this.`;
}

const HEAD = ['verdict', 'as of', 'level', 'of', 'rows', 'columns'];

const inLine = (verdict: Verdict): string[] => [
  verdict.id,
  time(verdict.asOf),
  verdict.abstained === null ? verdict.level : 'abstained',
  versionName(verdict.version),
  String(verdict.rows.current),
  [...behindInWords(verdict), ...unknownColumns(verdict).map((column) => `${columnTitle(column)} (not known)`)].join(
    ', ',
  ) || '-',
];
