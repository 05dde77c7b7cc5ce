import type { Encoding } from '../model/artifact.ts';
import { FURTHEST, HOURS, SOFT_FURTHEST, symmetricLog } from '../model/preprocessing.ts';

/** One number that a model reads, told so that a program in any language can make it from a row. */
export type Input = { column: string } & (
  | {
      is: 'number';
      /** Takes the place of what is no finite number. */
      missing: number;
      /** log: sign(x) * log(1 + |x|). */
      transform: 'identity' | 'log';
      mean: number;
      deviation: number;
      /** (transformed - mean) / deviation is kept between these. */
      range: [number, number];
    }
  | {
      /** z = (transformed - middle) / scale, then z / sqrt(1 + (z / furthest)^2). */
      is: 'scaled';
      missing: number;
      transform: 'identity' | 'log';
      middle: number;
      scale: number;
      furthest: number;
    }
  /** (number - from) / (to - from), kept between 0 and 1. */
  | { is: 'piece'; missing: number; from: number; to: number }
  /** 1 where the column holds no finite number, otherwise 0. */
  | { is: 'missing' }
  /** 1 where the column, as text, is this level, otherwise 0; so a null is 0. */
  | { is: 'level'; level: string }
  /** 1 where the column, as text, is one of these levels, otherwise 0. */
  | { is: 'levels'; levels: string[] }
  /** Of the hour's angle on a clock of 24 hours; 0 where there is no hour. */
  | { is: 'sine' | 'cosine' }
  /** 1 in this hour of the day, otherwise 0. */
  | { is: 'hour'; hour: number }
  /** The finite number of the column, as a Float32; NaN where there is none. */
  | { is: 'value' }
  /** The place of the column, as text, among these levels, from 0 on; NaN where it is none of them. */
  | { is: 'place'; levels: string[] }
);

/** A model's inputs, in their order. */
export const inputsOf = (encodings: readonly Encoding[]): Input[] => encodings.flatMap(inputsOfColumn);

function inputsOfColumn(encoding: Encoding): Input[] {
  const { column } = encoding;
  switch (encoding.kind) {
    case 'number': {
      const { median: missing, transform, mean, deviation, flagMissing, furthest = FURTHEST } = encoding;
      const number: Input = { column, is: 'number', missing, transform, mean, deviation, range: [-furthest, furthest] };
      return flagMissing ? [number, { column, is: 'missing' }] : [number];
    }
    case 'robust': {
      const { median: missing, transform, scale, flagMissing } = encoding;
      const middle = transform === 'log' ? symmetricLog(missing) : missing;
      const input: Input = { column, is: 'scaled', missing, transform, middle, scale, furthest: SOFT_FURTHEST };
      return flagMissing ? [input, { column, is: 'missing' }] : [input];
    }
    case 'pieces': {
      const { median: missing, edges, flagMissing } = encoding;
      const pieces = edges.slice(1).map((to, i): Input => ({ column, is: 'piece', missing, from: edges[i]!, to }));
      return flagMissing ? [...pieces, { column, is: 'missing' }] : pieces;
    }
    case 'category': {
      const { levels, shared } = encoding;
      const own = levels.map((level): Input => ({ column, is: 'level', level }));
      return [...own, ...turnsOf(shared).map((levels): Input => ({ column, is: 'levels', levels }))];
    }
    case 'hour':
      return [
        { column, is: 'sine' },
        { column, is: 'cosine' },
        ...Array.from({ length: HOURS }, (_, hour): Input => ({ column, is: 'hour', hour })),
      ];
    case 'value':
      return [{ column, is: 'value' }];
    case 'level':
      return [{ column, is: 'place', levels: encoding.levels }];
  }
}

/** The levels at each of the inputs that they take turns at. */
function turnsOf(shared: Extract<Encoding, { kind: 'category' }>['shared']): string[][] {
  if (!shared) return [];
  const { inputs, levels } = shared;
  return Array.from({ length: inputs }, (_, input) => levels.filter((_level, i) => i % inputs === input));
}
