import { UserError } from '../base/errors/errors.ts';
import { metricNames, type MetricName } from '../metrics/index.ts';
import { instant, parseMoment, type Instant } from '../time/time.ts';
import { trialStates, type OptionFilter, type TrialFilter, type TrialState } from './trials.ts';

/** What a person may ask of a list of trials, as they write it: in an address or on a command line. */
export const filterNames = ['recipe', 'state', 'metric', 'least', 'most', 'option', 'since', 'until', 'limit'] as const;
export type AskedFilter = { [Name in Exclude<(typeof filterNames)[number], 'option'>]?: string | undefined } & {
  option?: readonly string[] | undefined;
};

export const MOST_LISTED = 2_000;

/** filterFrom({ metric: 'rmse', most: '3', option: ['leaves=8..64'] }), or an error that says how to write it. */
export function filterFrom(asked: AskedFilter, usualLimit: number): TrialFilter {
  const { recipe, metric, state } = asked;
  if (metric !== undefined && !metricNames.includes(metric as MetricName))
    throw refused('metric', metric, `write one of ${metricNames.join(', ')}`);
  if (state !== undefined && !trialStates.includes(state as TrialState))
    throw refused('state', state, `write one of ${trialStates.join(', ')}`);
  return {
    recipe,
    state: state as TrialState | undefined,
    metric: metric as MetricName | undefined,
    least: numberIn('least', asked.least),
    most: numberIn('most', asked.most),
    options: (asked.option ?? []).map(optionIn),
    since: momentIn('since', asked.since),
    until: momentIn('until', asked.until),
    limit: limitIn(asked.limit, usualLimit),
  };
}

/** optionIn('leaves=8..64') // => { option: 'leaves', least: 8, most: 64 }; 'depth=6' is one value, '8..' has one end */
function optionIn(text: string): OptionFilter {
  const [, option, value] = /^([A-Za-z][A-Za-z0-9]*)=(.+)$/.exec(text) ?? [];
  if (option === undefined || value === undefined)
    throw refused('option', text, 'write an option and its value, like leaves=31, or leaves=8..64');
  const [, from, to] = /^(.*)\.\.(.*)$/.exec(value) ?? [];
  if (from === undefined || to === undefined) return { option, is: value };
  return { option, least: numberIn('option', from) ?? null, most: numberIn('option', to) ?? null };
}

function numberIn(name: string, text: string | undefined): number | undefined {
  if (text === undefined || text.trim() === '') return undefined;
  const number = Number(text);
  if (Number.isFinite(number)) return number;
  throw refused(name, text, 'write a number');
}

function momentIn(name: string, text: string | undefined): Instant | undefined {
  if (text === undefined) return undefined;
  const time = parseMoment(text);
  if (time !== null) return instant(time);
  throw refused(name, text, 'write a moment like 2026-01-03T02:00Z');
}

function limitIn(text: string | undefined, usual: number): number {
  const limit = numberIn('limit', text) ?? usual;
  if (Number.isInteger(limit) && limit >= 1 && limit <= MOST_LISTED) return limit;
  throw refused('limit', String(text), `write a number from 1 to ${MOST_LISTED}`);
}

const refused = (name: string, text: string, advice: string): UserError =>
  new UserError('REQUEST_INVALID', `${name} is "${text.slice(0, 100)}": ${advice}.`);
