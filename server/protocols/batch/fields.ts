import { type Asked } from '../../serving/answers/asked.ts';
import { type RowAnswer } from './answers.ts';

export type Cell = number | string | boolean | null;
export type CellType = 'whole' | 'number' | 'text' | 'boolean';

/** A column of the answer to a batch. */
export interface Field {
  name: string;
  type: CellType;
  cellOf(answer: RowAnswer): Cell;
}

export interface FieldsParts {
  /** What the place of a row is called: "line", or "row" in a table. */
  place: 'line' | 'row';
  asked: Asked;
  /** Answers may come with warnings. */
  warns: boolean;
  /** The label is of kind class. */
  classes?: boolean;
  /** Answers may have intervals. */
  intervals?: boolean;
}

/** The columns of an answer in CSV or a table. What is more than one value is JSON. */
export const fieldsOf = ({ place, asked, warns, classes = false, intervals = false }: FieldsParts): Field[] => [
  { name: place, type: 'whole', cellOf: ({ at }) => at },
  field('id', 'text'),
  ...(classes ? [field('label', 'text')] : []),
  field('score', 'number'),
  ...(intervals ? [field('low', 'number'), field('high', 'number')] : []),
  ...(classes ? [field('probabilities', 'text')] : [field('decision', 'boolean'), field('threshold', 'number')]),
  field('version', 'whole'),
  field('error', 'text'),
  ...(warns ? [field('warnings', 'text')] : []),
  ...(asked.reasons > 0 ? [field('reasons', 'text'), field('typicalScore', 'number')] : []),
  ...(asked.features ? [field('features', 'text')] : []),
];

const field = (name: string, type: CellType): Field => ({
  name,
  type,
  cellOf(answer) {
    const value = (answer as Record<string, unknown>)[name];
    if (value === undefined || value === null) return null;
    return typeof value === 'object' ? JSON.stringify(value) : (value as Cell);
  },
});
