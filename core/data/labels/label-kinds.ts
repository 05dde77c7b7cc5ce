/** binary: 0 or 1, and a score is a probability. number: any number, and a score estimates it. */
export const labelKinds = ['binary', 'number'] as const;
export type LabelKind = (typeof labelKinds)[number];
