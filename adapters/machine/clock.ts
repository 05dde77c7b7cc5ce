import { UserError } from '../../core/base/errors/errors.ts';
import type { Clock } from '../../core/time/clock.ts';

const machineClock: Clock = {
  now: () => new Date(),
  millisecondsUntil: (time) => Math.max(0, Date.parse(time) - Date.now()),
};

/** How a simulated clock is written: it showed `from` at the machine's `since`, and runs `speed` times as fast. */
export const clockSetting = (from: Date, since: Date, speed: number): string =>
  `${from.toISOString()}/${since.toISOString()}/${speed}`;

/** The machine's clock, or the simulated one that a setting describes; at speed 0 time stands still. */
export function createClock(setting?: string): Clock {
  if (setting === undefined) return machineClock;
  const [from, since, speed] = setting.split('/').map((part, i) => (i < 2 ? Date.parse(part) : Number(part)));
  if (from === undefined || since === undefined || speed === undefined || !(from + since + speed >= 0))
    throw new UserError(
      'CONFIG_INVALID',
      `PERENNIAL_CLOCK is "${setting}". Write FROM/SINCE/SPEED, like 2026-01-01T00:00Z/2026-01-01T00:00Z/60.`,
    );
  const now = (): number => from + (Date.now() - since) * speed;
  return {
    simulated: true,
    now: () => new Date(now()),
    millisecondsUntil: (time) => {
      const ahead = Date.parse(time) - now();
      return ahead <= 0 ? 0 : ahead / speed;
    },
  };
}
