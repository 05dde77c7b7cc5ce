import type { Nouns, Verbs } from './command.ts';

const WIDTH = 80;

/** What is typed for a verb of a noun: the verb where that is enough, the noun for its first verb, else both. */
export function shortest(nouns: Nouns, everyday: readonly string[], noun: string, verb: string): string {
  if (everyday.includes(`${noun} ${verb}`)) return verb;
  return verb === Object.keys(nouns[noun]!)[0] ? noun : `${noun} ${verb}`;
}

/** Everyday commands, and all by their nouns, on a screen of 24 lines by 80 columns. */
export function overview(nouns: Nouns, everyday: readonly string[]): string {
  const often = everyday.map((name): [string, string] => {
    const [noun = '', verb = ''] = name.split(' ');
    return [verb, nouns[noun]![verb]!.summary];
  });
  const all = Object.entries(nouns).map(([noun, verbs]): [string, string] => [noun, Object.keys(verbs).join(', ')]);
  const width = widthOf([...often, ...all]);
  return [
    'Usage: perennial [--home <folder>] [--pipelines <folder>] [--json] <command> ...',
    ...often.map(inLine(width)),
    'All commands, such as "perennial alerts resolve"; see "perennial help alerts":',
    ...all.map(inLine(width)).map(cut),
    '',
  ].join('\n');
}

/** What can be done about a noun, a line each. */
export function verbsOf(noun: string, verbs: Verbs): string {
  const lines = Object.entries(verbs).map(([verb, its]): [string, string] => [verb, its.summary]);
  const [first] = Object.keys(verbs);
  return [
    `Usage: perennial ${noun} [verb] ...   (perennial help ${noun} <verb>)`,
    ...lines.map(inLine(widthOf(lines))),
    `"perennial ${noun}" alone is "perennial ${noun} ${first}".`,
    '',
  ].join('\n');
}

const widthOf = (lines: [string, string][]): number => Math.max(...lines.map(([name]) => name.length));
const inLine =
  (width: number) =>
  ([name, words]: [string, string]): string =>
    `  ${name.padEnd(width)}  ${words}`;

/** The help of a noun has the verbs that a line has no room for. */
const cut = (line: string): string =>
  line.length <= WIDTH ? line : `${line.slice(0, line.lastIndexOf(', ', WIDTH - ', ...'.length))}, ...`;
