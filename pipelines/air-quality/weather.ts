import { type Noise } from './noise.ts';

export interface Weather {
  temperature: number;
  humidity: number;
  /** Metres a second. */
  windSpeed: number;
  /** Millimetres in the hour. */
  rain: number;
}

const HOURS_A_YEAR = 365.25 * 24;
const wave = (hours: number, period: number, peak: number): number => Math.cos((2 * Math.PI * (hours - peak)) / period);

/** The weather over a station at an hour (counted from 1970, UTC): seasons, days, fronts, and what is its own. */
export function weatherAt(noise: Noise, station: string, hours: number): Weather {
  const season = wave(hours, HOURS_A_YEAR, 200 * 24); // warmest in the middle of July
  const day = wave(hours, 24, 14);
  const wet = noise(`${station}/rain`, hours, 9);
  const temperature =
    10 + 8 * season + 3.5 * day + 2 * noise('front', hours, 70) + 3 * noise(`${station}/warmth`, hours, 30);
  const rain = Math.max(0, wet - 1) * 3;
  return {
    temperature,
    rain,
    windSpeed: 3.2 * (1 + 0.2 * day) * Math.exp(0.5 * noise(`${station}/wind`, hours, 11)),
    humidity: Math.min(100, Math.max(15, 68 - 1.1 * (temperature - 10) + 9 * wet)),
  };
}
