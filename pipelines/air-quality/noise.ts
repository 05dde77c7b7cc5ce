import { createRandom } from '../../core/base/random.ts';

/** What wanders: about 0, rarely beyond 2 or -2, smooth in time. */
export type Noise = (name: string, hours: number, turnsEveryHours: number) => number;

/**
 * Smooth noise: normal numbers at regular times, interpolated between. The value at any time is the same for every
 * caller and needs no earlier values.
 */
export function createNoise(seed: number): Noise {
  const known = new Map<string, number>();
  const knot = (name: string, at: number): number => {
    const id = `${name}/${at}`;
    const found = known.get(id);
    if (found !== undefined) return found;
    const made = createRandom(`${seed}/${id}`).normal();
    if (known.size > MOST_KNOTS) known.clear();
    known.set(id, made);
    return made;
  };
  return (name, hours, turnsEveryHours) => {
    const place = hours / turnsEveryHours;
    const before = Math.floor(place);
    const ease = (1 - Math.cos(Math.PI * (place - before))) / 2;
    return knot(name, before) * (1 - ease) + knot(name, before + 1) * ease;
  };
}

const MOST_KNOTS = 200_000;
