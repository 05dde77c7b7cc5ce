import { besideTitle } from '../metrics/besides.ts';
import type { DecidedName } from '../metrics/decided/index.ts';
import type { Decided } from './estimate.ts';

const macroTitles = { macroPrecision: 'Macro precision', macroRecall: 'Macro recall' };
export type MacroName = keyof typeof macroTitles;

/** For the beginning of a sentence. */
export const decidedTitle = (name: keyof Decided): string =>
  name in macroTitles ? macroTitles[name as MacroName] : besideTitle(name as DecidedName);
