import type { Nouns, Verbs } from './command.ts';
import { columns } from './words.ts';

const WIDTH = 80;
const SCREEN = 24;
const HEADINGS = 2;

const summaries = (verbs: Verbs): string[][] => Object.entries(verbs).map(([verb, { summary }]) => [`  ${verb}`, summary]); // prettier-ignore

/** Everyday commands, and all by their nouns, on a screen of 24 lines by 80 columns. */
export function overview(nouns: Nouns, everyday: Verbs): string {
  const often = withinScreen(summaries(everyday), Object.keys(nouns).length);
  const all = Object.entries(nouns).map(([noun, verbs]) => [`  ${noun}`, Object.keys(verbs).join(', ')]);
  const lines = columns([...often, ...all]).split('\n');
  return [
    'Usage: perennial [--home <folder>] [--pipelines <folder>] [--json] <command> ...',
    ...lines.slice(0, often.length),
    'All commands, such as "perennial alerts resolve"; see "perennial help alerts":',
    ...lines.slice(often.length).map(cut),
    '',
  ].join('\n');
}

/** On a full screen the last everyday commands share a line: their nouns have their summaries. */
function withinScreen(often: string[][], nouns: number): string[][] {
  const room = SCREEN - HEADINGS - nouns;
  if (often.length <= room) return often;
  const others = often.slice(room - 1).map(([verb]) => verb!.trim());
  return [...often.slice(0, room - 1), ['  and alone', others.join(', ')]];
}

/** What can be done about a noun, a line each. */
export function verbsOf(noun: string, verbs: Verbs): string {
  const [first] = Object.keys(verbs);
  return [
    `Usage: perennial ${noun} [verb] ...   (perennial help ${noun} <verb>)`,
    columns(summaries(verbs)),
    `"perennial ${noun}" alone is "perennial ${noun} ${first}".`,
    '',
  ].join('\n');
}

/** The help of a noun has the verbs that a line has no room for. */
const cut = (line: string): string =>
  line.length <= WIDTH ? line : `${line.slice(0, line.lastIndexOf(', ', WIDTH - ', ...'.length))}, ...`;
