import { HOUR, MINUTE, type Instant } from './time.ts';

const shape = /^[A-Z][\w+-]*(\/[A-Z][\w+-]*)*$/;

/** True for a name of the IANA time zone database, in its exact case: Temporal distinguishes capitals. */
export function isZone(name: string): boolean {
  if (!shape.test(name)) return false;
  try {
    const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions();
    return timeZone === name || timeZone.toLowerCase() !== name.toLowerCase(); // otherwise only the case differs
  } catch {
    return false;
  }
}

/**
 * How far ahead of UTC the clock of a zone is, in milliseconds: offsetOf('Asia/Kolkata', '2026-01-01') // => 19800000
 */
export function offsetOf(zone: string, time: Instant): number {
  const shown = formatOf(zone)
    .formatToParts(new Date(time))
    .find(({ type }) => type === 'timeZoneName')!.value;
  const [, sign, hours, minutes] = /^GMT([+-])(\d\d):(\d\d)/.exec(shown) ?? []; // "GMT" alone is UTC
  return hours === undefined ? 0 : (sign === '-' ? -1 : 1) * (Number(hours) * HOUR + Number(minutes) * MINUTE);
}

// Made once for each zone, which takes longer than all else here; there are some hundred zones.
const formats = new Map<string, Intl.DateTimeFormat>();
function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known) return known;
  const format = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' });
  formats.set(zone, format);
  return format;
}

/** The zones spelled most like `name`: nearZones('Europe/Berln') // => ['Europe/Berlin', 'Europe/Dublin', ...] */
export function nearZones(name: string): string[] {
  const wanted = pairsOf(name);
  const likeness = (zone: string): number => {
    const pairs = pairsOf(zone);
    return (2 * [...pairs].filter((pair) => wanted.has(pair)).length) / (pairs.size + wanted.size);
  };
  return Intl.supportedValuesOf('timeZone')
    .map((zone) => ({ zone, likeness: likeness(zone) }))
    .sort((a, b) => b.likeness - a.likeness)
    .slice(0, 3)
    .map(({ zone }) => zone);
}

const pairsOf = (text: string): Set<string> =>
  new Set(Array.from({ length: Math.max(0, text.length - 1) }, (_, i) => text.slice(i, i + 2).toLowerCase()));
