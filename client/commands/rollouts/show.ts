import { versionName } from '../../../core/base/ids.ts';
import { lookedIn, outcomeInWords, stepName, UNREAD_STEPS } from '../../../core/rollout/steps/step-words.ts';
import type { Operations } from '../../../operations/index.ts';
import { command } from '../../command.ts';
import { columns, time } from '../../words.ts';
import { Option } from 'commander';

type Shown = Awaited<ReturnType<Operations['rollouts']['show']>>;

/** More looks than a screen holds are for --json. */
const MOST_LOOKS = 12;

export const show = command<{ id: string | undefined }>({
  arguments: '<pipeline>',
  summary: 'Show a rollout: its steps, what it saw, what it decided',
  example: 'fraud',
  options: [new Option('--id <rollout>', 'one listed by "rollouts list" instead of the newest')],
  async run([pipeline = ''], { id }, { operations, result }) {
    const shown = await operations.rollouts.show({ pipeline, ...(id !== undefined && { id }) });
    result(shown, inWords(shown));
  },
});

function inWords(shown: Shown): string {
  const { pipeline, version, id, outcome, steps, passed, step, confirming, looks, waitsFor } = shown;
  const now = waitsFor ? `waits until ${waitsFor} has ended` : 'under way';
  const way = (steps ?? []).map((one, at) => mark(at < passed, step?.at === at && outcome === null) + stepName(one));
  const [latest] = looks;
  return [
    `${versionName(version)} of ${pipeline} (${id}): ${outcomeInWords(shown) ?? now}`,
    steps
      ? `Steps: ${[...way, mark(outcome?.result === 'promoted', false) + '100 %'].join(', ')}`
      : `Steps: ${UNREAD_STEPS}${step === null || outcome ? '' : `; it is in step ${step.at + 1}`}`,
    ...(confirming
      ? ['The former champion scores as a shadow until labels confirm this version, or take it back.']
      : []),
    ...(latest
      ? ['', `Latest look, ${time(latest.at)}: ${latest.decision}: ${latest.reason}`, ...findingsOf(latest)]
      : []),
    ...(looks.length > 1 ? ['', columns([['look', 'step', 'requests', 'decision'], ...looks.slice(0, MOST_LOOKS).map((look) => lookIn(look, steps))])] : []), // prettier-ignore
  ].join('\n');
}

const mark = (isPassed: boolean, isNow: boolean): string => (isPassed ? 'done ' : isNow ? 'now ' : '');

const findingsOf = ({ findings }: Shown['looks'][number]): string[] =>
  findings.map(({ verdict, says }) => `  ${verdict.padEnd(6)} ${says}`);

const lookIn = ({ at, step, arms, decision }: Shown['looks'][number], steps: Shown['steps']): string[] => [
  time(at),
  lookedIn(steps, step),
  arms.map(({ version, rows }) => `${versionName(version)} ${rows}`).join(', '),
  decision,
];
