import type { Pipeline } from '../pipeline.ts';

/** A sensitive label, with its classes by their places, also in what their answers cost. */
export function withoutClasses({ label, gates }: Pipeline): Pick<Pipeline, 'label' | 'gates'> {
  const { classes } = label;
  if (!classes) return { label: { ...label, sensitive: true }, gates };
  const names = new Map(classes.map((name, place) => [name, `class ${place + 1}`]));
  const renamed = <T>(byClass: Record<string, T>): Record<string, T> =>
    Object.fromEntries(Object.entries(byClass).map(([name, of]) => [names.get(name) ?? 'a class', of]));
  const { costs } = gates;
  return {
    label: { ...label, classes: [...names.values()], sensitive: true },
    gates: {
      ...gates,
      ...(costs && {
        costs: renamed(Object.fromEntries(Object.entries(costs).map(([name, of]) => [name, renamed(of)]))),
      }),
    },
  };
}
