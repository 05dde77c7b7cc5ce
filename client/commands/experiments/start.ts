import { UserError } from '../../../core/base/errors/errors.ts';
import { titleOf } from '../../../core/experiments/words.ts';
import { usual } from '../../../core/experiments/plan.ts';
import { versionIn } from '../../../core/training/versions/version-names.ts';
import { command } from '../../command.ts';
import { Option } from 'commander';

interface Options {
  versions: string;
  shares?: string;
  metric: string;
  better?: string;
  same?: string;
  guards: string;
  absent?: string;
  within?: string;
  alpha?: string;
  longest: string;
  then: string;
  reason: string;
}

const number = (flag: string, text: string | undefined): number | undefined => {
  if (text === undefined) return undefined;
  const value = text.trim() === '' ? NaN : Number(text);
  if (Number.isFinite(value)) return value;
  throw new UserError('REQUEST_INVALID', `--${flag} ${text} is not a number. Nothing was started.`);
};

/** '0.5' or '50%' */
function shareIn(text: string): number {
  const [, amount = '', percent] = /^([\d.]+)(%?)$/.exec(text.trim()) ?? [];
  return number('shares', amount)! / (percent === '%' ? 100 : 1);
}

const listIn = (text: string): string[] => text.split(',').map((each) => each.trim());

export const start = command<Options>({
  arguments: '<pipeline>',
  summary: 'Let versions share the traffic until a metric says which is best',
  description:
    'Let versions share the traffic until a metric says which is best. Who gets which version is decided by entity, or by ' +
    'key where there is none, and each of them is one sample. The metric is "label", "loss" (how wrong the score was), or ' +
    'the name of numbers that you post to /outcomes. Its intervals hold at every look, so look as often as you like. A ' +
    'version that is proven worse, in the metric or in a guard, leaves at once. Rollouts wait until it has ended.',
  example: 'fraud --versions 3,4 --metric label --better higher',
  options: [
    new Option('--versions <list>', 'versions to compare, the champion among them: 3,4').makeOptionMandatory(),
    new Option('--shares <list>', 'their shares: 0.9,0.1 or 90%,10% (default: equal)'),
    new Option('--metric <name>', 'label, loss, or the name of a posted number').makeOptionMandatory(),
    new Option('--better <way>', 'higher or lower (of loss: lower)'),
    new Option('--same <difference>', 'a difference up to which versions count as the same (default: none)'),
    new Option('--guards <list>', 'errors, latency, score, or posted numbers like refunds:lower; "" for none').default(
      usual.guards.join(','),
    ),
    new Option('--absent <value>', 'what a sample without the number counts as (default: it does not count)'),
    new Option('--within <time>', 'how long a prediction waits for its number, with --absent (default: 1 day)'),
    new Option('--alpha <probability>', 'how likely any interval misses the truth (default: 0.05)'),
    new Option('--longest <time>', 'when it ends at the latest, like 14d').default(usual.longest),
    new Option('--then <what>', 'what becomes of the winner: promote (an ordinary rollout) or keep').default(
      usual.afterwards,
    ),
    new Option('--reason <words>', 'reason, kept in the audit').default('started by hand'),
  ],
  async run([pipeline = ''], options, { operations, result }) {
    const { then: afterwards, versions, shares, guards, same, absent, alpha, ...rest } = options;
    const asked = {
      ...rest,
      pipeline,
      afterwards,
      versions: await Promise.all(listIn(versions).map((text) => versionIn(text, pipeline, operations.models))),
      shares: shares === undefined ? undefined : listIn(shares).map(shareIn),
      guards: guards.trim() === '' ? [] : listIn(guards),
      same: number('same', same),
      absent: number('absent', absent),
      alpha: number('alpha', alpha),
    };
    const started = await operations.experiments.start(asked);
    const waits = started.waits[0] === undefined ? '' : ` It waits until ${started.waits[0]} has ended.`;
    result(
      started,
      `Experiment ${started.id}: ${titleOf(started)}.${waits} See its numbers with: perennial experiments status ${pipeline}`,
    );
  },
});
