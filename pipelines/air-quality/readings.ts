import { normal, randomFrom } from '../fraud/random.ts';
import { createNoise } from './noise.ts';
import { type Weather, weatherAt } from './weather.ts';

/** A row of the API's /readings. */
export interface Reading {
  reading_id: string;
  station: string;
  measured_at: string;
  station_kind: Kind;
  /** Micrograms per cubic metre; null while the sensor is being cleaned. */
  pm25: number | null;
  pm25_mean_24h: number;
  no2: number | null;
  temperature: number;
  humidity: number;
  wind_speed: number;
  /** What the weather service expects for the same hour of the next day. */
  temperature_tomorrow: number;
  wind_speed_tomorrow: number;
  rain_tomorrow: number;
  weekend_tomorrow: boolean;
}

/** A row of the API's /outcomes: what the same station measured a day after a reading. */
export interface Outcome {
  reading_id: string;
  pm25: number;
  observed_at: string;
}

export interface Measured {
  reading: Reading;
  arrivesAt: string;
  outcome: Outcome | null;
}

export interface StationsOptions {
  seed: number;
  stations: number;
  /** From this hour on new sensors read higher, and there is less traffic where old cars may not go. */
  driftSince: string | null;
}

type Kind = keyof typeof kinds;
/** How much of the dust is there anyway, comes from traffic, and from heating. */
const kinds = {
  traffic: { background: 5, traffic: 11, heating: 2.5, no2: 38 },
  urban: { background: 5, traffic: 5, heating: 4, no2: 22 },
  suburban: { background: 4, traffic: 3, heating: 4, no2: 14 },
  rural: { background: 3, traffic: 0.8, heating: 2, no2: 5 },
};
const HOUR = 3_600_000;
/** Relative traffic by hour of the day, UTC. */
const weekday = [2, 1, 1, 1, 2, 5, 11, 16, 15, 11, 10, 10, 11, 11, 11, 13, 16, 17, 14, 10, 8, 6, 5, 3];
const weekend = [4, 3, 2, 2, 1, 1, 2, 4, 6, 8, 10, 11, 11, 11, 11, 11, 11, 10, 9, 8, 7, 6, 6, 5];
const BUSIEST = 17;

const NEW_SENSORS_READ = 1.6;
const TRAFFIC_LEFT = 0.45;

/** A data loop asks for two weeks, a day at a time: for the readings, and for what became of them. */
const REMEMBERED_HOURS = 600;
const STREAM_OF_REST = 7;

/** A station's air at an hour, and what its sensor made of it. */
interface Air {
  weather: Weather;
  sensed: number;
  /** null while the sensor is cleaned. */
  pm25: number | null;
  arrivesAt: string;
}

const isWeekend = (hours: number): boolean => new Date(hours * HOUR).getUTCDay() % 6 === 0;
const rounded = (value: number, digits = 1): number => Number(value.toFixed(digits));

/** A network of measuring stations. Every reading comes from (seed, station, hour) alone, so any stretch can be asked for. */
export function createStations({ seed, stations, driftSince }: StationsOptions) {
  const noise = createNoise(seed);
  const driftFrom = driftSince === null ? Infinity : Math.ceil(Date.parse(driftSince) / HOUR);
  const names = Object.keys(kinds) as Kind[];
  const all = Array.from({ length: stations }, (_, i) => ({
    id: `station-${String(i + 1).padStart(3, '0')}`,
    kind: names[i % names.length]!,
  }));
  type Station = (typeof all)[number];

  const trafficAt = (hours: number): number => {
    const usual = (isWeekend(hours) ? weekend : weekday)[new Date(hours * HOUR).getUTCHours()]! / BUSIEST;
    return hours < driftFrom ? usual : usual * TRAFFIC_LEFT;
  };
  const stillness = ({ windSpeed }: Weather): number => (3.2 / (windSpeed + 0.4)) ** 0.8;

  /** Fine dust in the air: its sources, thinned by wind and washed out by rain. */
  function dustAt({ id, kind }: Station, hours: number, weather: Weather): number {
    const { background, traffic, heating } = kinds[kind];
    const cold = Math.max(0, 17 - weather.temperature) / 10;
    const sources = background + traffic * trafficAt(hours) + heating * cold;
    const air = stillness(weather) * Math.exp(-0.25 * weather.rain + 0.22 * noise(`${id}/air`, hours, 36));
    return sources * air;
  }

  // Stretches that are asked for overlap, and a reading looks a day back and a day ahead.
  const remembered = new Map<number, Air[]>();
  function airAt(hours: number): Air[] {
    const known = remembered.get(hours);
    if (known) return known;
    const made = all.map((station, place): Air => {
      const weather = weatherAt(noise, station.id, hours);
      const dust = dustAt(station, hours, weather);
      const factor = hours < driftFrom ? 1 : NEW_SENSORS_READ;
      const random = randomFrom(seed, place, hours);
      const cleaned = random() < 0.01;
      const late = random() < 0.03;
      const minutes = late ? 20 + 150 * random() : 2 + 6 * random();
      return {
        weather,
        sensed: dust * factor,
        pm25: cleaned ? null : rounded(Math.max(0.5, dust * factor * (1 + 0.06 * normal(random)))),
        arrivesAt: new Date(Math.round(hours * HOUR + minutes * 60_000)).toISOString(),
      };
    });
    remembered.set(hours, made);
    if (remembered.size > REMEMBERED_HOURS) remembered.delete(remembered.keys().next().value!);
    return made;
  }

  /** Readings with from <= measured_at < to, in time order. */
  function* between(from: string, to: string): Generator<Measured> {
    for (let hours = Math.ceil(Date.parse(from) / HOUR); hours * HOUR < Date.parse(to); hours++)
      for (const [place, station] of all.entries()) yield measured(station, place, hours);
  }

  function measured(station: Station, place: number, hours: number): Measured {
    const { id, kind } = station;
    const { weather, pm25, arrivesAt } = airAt(hours)[place]!;
    const tomorrow = airAt(hours + 24)[place]!;
    const coming = tomorrow.weather;
    const random = randomFrom(seed, STREAM_OF_REST, place, hours);
    let sum = 0;
    for (let ago = 1; ago <= 24; ago++) sum += airAt(hours - ago)[place]!.sensed;
    const reading_id = `${id}-${hours}`;
    const no2 = kinds[kind].no2 * (0.25 + trafficAt(hours)) * stillness(weather) * Math.exp(0.1 * normal(random));
    return {
      arrivesAt,
      reading: {
        reading_id,
        station: id,
        measured_at: new Date(hours * HOUR).toISOString(),
        station_kind: kind,
        pm25,
        pm25_mean_24h: rounded(sum / 24),
        no2: random() < 0.01 ? null : rounded(no2),
        temperature: rounded(weather.temperature),
        humidity: rounded(weather.humidity),
        wind_speed: rounded(weather.windSpeed),
        temperature_tomorrow: rounded(coming.temperature + 0.8 * normal(random)),
        wind_speed_tomorrow: rounded(Math.max(0, coming.windSpeed * (1 + 0.1 * normal(random)))),
        rain_tomorrow: rounded(Math.max(0, coming.rain * (1 + 0.3 * normal(random)))),
        weekend_tomorrow: isWeekend(hours + 24),
      },
      outcome: tomorrow.pm25 === null ? null : { reading_id, pm25: tomorrow.pm25, observed_at: tomorrow.arrivesAt },
    };
  }

  return { between };
}
