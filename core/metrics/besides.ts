import { decidedKinds, type Decided } from './decided/index.ts';
import { errorKinds, type ErrorMeasures } from './errors/index.ts';

/** Measures that no gate uses, with their intervals. */
export type Besides = Decided['measures'] & ErrorMeasures;
export type BesideName = keyof Besides;

const titles: Record<BesideName, { title: string }> = { ...decidedKinds, ...errorKinds };

/** For the beginning of a sentence. */
export const besideTitle = (name: BesideName): string => {
  const { title } = titles[name];
  return title.charAt(0).toUpperCase() + title.slice(1);
};

export const besideNames = Object.keys(titles) as BesideName[];
