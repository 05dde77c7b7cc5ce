import { category, numbers, type DataSet } from './data-set.ts';

const ROWS = 12_000;

interface World {
  numbers: number;
  /** How many levels each category has. */
  levels?: readonly number[];
  label: DataSet['label'];
  /** In SQL, from n0, n1, ... and c0, c1, ... (the places of levels), and `late`, from 0 to 1 over time: log odds, or the number. */
  truth: string;
  /** The label's noise, of a number: its standard deviation. */
  noise?: number;
  /** In SQL, what a number column shows instead of its value x, to which `r` brings chance. */
  shown?: (place: number) => string;
  /** In SQL, from a bell-shaped value. */
  shape?: (bell: string, place: number) => string;
}

/** Worlds with a known structure, in which something changes over time. */
const worlds: Record<string, World> = {
  interactions: {
    numbers: 20,
    label: 'binary',
    truth:
      '1.5 * n0 * n1 + 2 * (case when n2 > 0 then 1 else -1 end) * (n3 > 0.3)::integer + n4 * sin(2 * n5) + 0.5 * n6 + late * n7 - 1.5',
  },
  'heavy tails': {
    numbers: 15,
    label: 'number',
    truth: '2 * ln(n0) + 3 * (n1 > 4)::integer + ln(n2) * ln(n3) + 5 / (1 + n4) + late',
    noise: 1,
    shape: (bell) => `exp(1.5 * ${bell})`,
  },
  '200 levels': {
    numbers: 6,
    levels: [200, 40],
    label: 'binary',
    truth: '2 * sin(7 * c0) + 1.5 * sin(3 * c1) + 0.7 * n0 + n1 * sin(5 * c1) + late * n2 - 1.5',
  },
  'missing not at random': {
    numbers: 12,
    label: 'binary',
    truth: '1.2 * n0 + n1 - n2 * n3 + 0.8 * (n4 > 1)::integer + late * n5 - 1',
    // The larger the value, the rarer it is told.
    shown: (place) => `case when r > 1 / (1 + exp(1 - 1.5 * n${place})) then n${place} end`,
  },
  additive: {
    numbers: 10,
    label: 'number',
    // After Friedman (1991), "Multivariate adaptive regression splines", with bells for his uniform numbers.
    truth: '10 * sin(pi() * u0 * u1) + 20 * (u2 - 0.5) ** 2 + 10 * u3 + 5 * u4 + 2 * late * u5',
    noise: 1,
  },
};

export const generated: Record<string, DataSet> = Object.fromEntries(
  Object.entries(worlds).map(([name, world]) => [name, dataSetOf(world)]),
);

function dataSetOf({ numbers: count, levels = [], label, truth, noise = 0, shown, shape }: World): DataSet {
  const categories = levels.map((_, at) => `c${at}`);
  return {
    columns: { ...numbers(count), ...Object.fromEntries(categories.map((name) => [name, category()])) },
    label,
    inTime: true,
    async write(connection, seed) {
      const uniform = (name: string): string => `((hash(i, '${name}', ${seed}) % 1000000007 + 1) / 1000000008.0)`;
      const bell = (name: string): string =>
        `sqrt(-2 * ln(${uniform(`${name} a`)})) * cos(2 * pi() * ${uniform(`${name} b`)})`;
      const places = Array.from({ length: count }, (_, at) => at);
      const values = places.map((at) => `${shape ? shape(bell(`n${at}`), at) : bell(`n${at}`)} as n${at}`);
      // The place of a bell among all bells: a number from 0 to 1.
      const evenly = places.map((at) => `1 / (1 + exp(-1.702 * n${at})) as u${at}`);
      const drawn = levels.map((of, at) => `floor(${uniform(`c${at}`)} * ${uniform(`d${at}`)} * ${of}) as c${at}`);
      const told = places.map((at) =>
        shown ? `(select ${shown(at)} from (select ${uniform(`shown ${at}`)} as r)) as n${at}` : `n${at}`,
      );
      const outcome =
        label === 'binary'
          ? `(${uniform('label')} < 1 / (1 + exp(-(${truth}))))::double`
          : `${truth} + ${noise} * ${bell('noise')}`;
      await connection.run(
        `create or replace table whole as
         with drawn as (select i, i / ${ROWS}.0 as late, ${[...values, ...drawn].join(', ')} from range(${ROWS}) as t(i)),
           world as (select *, ${evenly.join(', ')} from drawn)
         select ${[...told, ...categories.map((name) => `'level-' || ${name}::integer as ${name}`)].join(', ')},
           ${outcome} as label, i from world`,
      );
    },
  };
}
