import { versionName } from '../../../core/base/ids.ts';
import type { Experiment } from '../../../core/experiments/experiments.ts';
import { figure, percent, signed, whole } from '../../../core/experiments/figures.ts';
import type { ArmSeen } from '../../../core/experiments/look.ts';
import { stateInWords, titleOf } from '../../../core/experiments/words.ts';
import type { Operations } from '../../../operations/index.ts';
import { command } from '../../command.ts';
import { columns, time } from '../../words.ts';
import { Option } from 'commander';

type Shown = Awaited<ReturnType<Operations['experiments']['show']>>;

export const status = command<{ id?: string }>({
  arguments: '[pipeline]',
  summary: 'Show an experiment: each version, its difference, what is decided',
  description:
    'Show the newest experiment of a pipeline, or one by its id: each version, its difference with the interval, how many samples ' +
    'it has and about how many it still needs, its guards, and the decision. Without a pipeline: list all experiments.',
  example: 'fraud',
  options: [new Option('--id <experiment>', 'an earlier one instead of the newest')],
  async run([pipeline], { id }, { operations, result }) {
    if (pipeline === undefined) {
      const all = await operations.experiments.list();
      const head = ['pipeline', 'experiment', 'started', 'versions', 'outcome'];
      const none = 'No experiment yet. Start one: perennial experiments start PIPELINE --versions 3,4 --metric label --better higher'; // prettier-ignore
      result(all, all.length > 0 ? columns([head, ...all.map(inALine)]) : none);
      return;
    }
    const shown = await operations.experiments.show({ pipeline, ...(id !== undefined && { id }) });
    result(shown, inWords(shown));
  },
});

const inALine = ({ pipeline, id, askedAt, plan, outcome }: Experiment): string[] => [
  pipeline,
  id,
  time(askedAt),
  plan.arms.map(({ version }) => versionName(version)).join(', '),
  outcome ? `${outcome.result}: ${outcome.reason}` : 'under way',
];

function inWords(shown: Shown): string {
  const { id, plan, begunAt, looks, outcome, out } = shown;
  const [look] = looks;
  const arms = outcome && outcome.arms.length > 0 ? outcome.arms : (look?.arms ?? []);
  const afterwards = plan.afterwards === 'promote' ? 'roll out the winner' : 'leave the champion';
  const holds = `Intervals hold at every look, all of them together with a probability of ${percent(1 - plan.alpha)}.`;
  return [
    `${id}: ${titleOf(shown)}`,
    stateInWords(shown, look ?? null),
    ...(begunAt === null ? [] : [`Since ${time(begunAt)}, for at most ${plan.longest}; then ${afterwards}.`]),
    ...(arms.length === 0 ? [] : ['', columns([head, ...arms.map(armIn)]), holds]),
    ...(look && look.crossed > 0 ? [`${whole(look.crossed)} samples met several versions and count for none.`] : []),
    ...arms.flatMap(({ version, guards }) =>
      guards.map(({ verdict, says }) => `  ${versionName(version)} ${verdict.padEnd(6)} ${says}`),
    ),
    ...out.map(({ version, at, reason }) => `${versionName(version)} was taken out ${time(at)}: ${reason}`),
  ].join('\n');
}

const head = ['version', 'share', 'samples', 'with number', 'mean', 'difference', 'interval', 'verdict', 'needs about'];

const armIn = (arm: ArmSeen): string[] => [
  versionName(arm.version),
  arm.share === 0 ? 'out' : percent(arm.share),
  whole(arm.samples),
  whole(arm.count),
  arm.mean === null ? '-' : figure(arm.mean),
  arm.isControl ? 'control' : arm.difference ? signed(arm.difference.estimate) : '-',
  arm.difference ? `${signed(arm.difference.low)} to ${signed(arm.difference.high)}` : '-',
  arm.verdict ?? '-',
  arm.verdict === 'unsure' ? (arm.needs === null ? 'unknown' : `${whole(arm.needs)} more`) : '-',
];
