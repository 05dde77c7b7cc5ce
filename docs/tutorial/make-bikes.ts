import { createRandom } from '../../core/base/random.ts';
import { HOUR } from '../../core/time/time.ts';

/**
 * Prints docs/tutorial/bikes.csv: six weeks of four stations of a bike-sharing scheme, every hour. People ride from where
 * they live to where they work in the morning and back in the evening, less in rain and cold. The same each time:
 *   npx tsx docs/tutorial/make-bikes.ts > docs/tutorial/bikes.csv
 */
const FROM = Date.parse('2024-04-11T00:00:00Z'); // a Thursday
const HOURS = 42 * 24;
/** leaving: how many bikes leave at the height of the morning; those that come in the evening are as many. */
const stations = [
  { station: 'harbour', docks: 24, leaving: -4.5 },
  { station: 'market', docks: 30, leaving: -6 },
  { station: 'parkside', docks: 20, leaving: 5 },
  { station: 'terraces', docks: 18, leaving: 5.5 },
];

const random = createRandom('bikes');
const bell = (hour: number, middle: number): number => Math.exp(-((hour - middle) ** 2) / 3);

let warmth = 0;
let wet = 0;
const weather = Array.from({ length: HOURS + 1 }, (_, i) => {
  warmth = 0.98 * warmth + random.normal(0, 0.5);
  wet = 0.9 * wet + random.normal(0, 0.45);
  const temperature = 14 + warmth - 5 * Math.cos((2 * Math.PI * ((i % 24) - 3)) / 24);
  return { temperature: Math.round(temperature * 10) / 10, raining: wet > 0.9 };
});

const rows = stations.flatMap(({ station, docks, leaving }) => {
  let bikes = Math.round(docks / 2);
  const hours = weather.map(({ temperature, raining }, i) => {
    const hour = i % 24;
    const weekend = [0, 6].includes(new Date(FROM + i * HOUR).getUTCDay());
    const seen = { i, station, docks, bikes, temperature, raining, weekend };
    const mood = (raining ? 0.4 : 1) * Math.min(1.4, Math.max(0.3, temperature / 15));
    const flow = weekend ? 0 : -leaving * bell(hour, 8) + leaving * bell(hour, 17.5);
    // At night vans bring some back to the middle.
    const van = hour < 5 ? (docks / 2 - bikes) * 0.25 : 0;
    bikes = Math.round(bikes + mood * flow + van + random.normal(0, hour < 6 ? 0.5 : 1.6));
    bikes = Math.max(0, Math.min(docks, bikes));
    return seen;
  });
  return hours.slice(0, HOURS).map((row, i) => ({ ...row, short: hours[i + 1]!.bikes <= 3 }));
});
rows.sort((a, b) => a.i - b.i);

const lines = rows.map(({ i, station, docks, bikes, temperature, raining, weekend, short }) => {
  const at = new Date(FROM + i * HOUR).toISOString().replace(':00.000Z', 'Z');
  const id = `${station}-${at.slice(0, 13)}`;
  return [id, at, station, docks, bikes, temperature, raining, weekend, short].join(',');
});
process.stdout.write(
  `${['id,at,station,docks,bikes,temperature,raining,weekend,short_next_hour', ...lines].join('\n')}\n`,
);
