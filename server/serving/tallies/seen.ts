import { hash53 } from '../../../core/base/hash-53.ts';

const BITS = 2 ** 22; // 512 KiB
const FEW = 1_000;

/** What was seen before, in bounded memory. */
export interface Seen {
  /** Whether this is new. A unit has a first time for each kind, a small number. */
  first(unit: string, kind: number): boolean;
}

/**
 * Exact for a thousand, so a thousand pipelines need little memory; beyond, one bit each in 512 KiB. Two that share a
 * bit count as one: of a million, about every ninth is skipped. The hash knows nothing of the one that picks arms, so
 * all arms lose the same part and nothing is biased.
 */
export function createSeen(): Seen {
  const few = new Set<number>();
  let bits: Uint8Array | null = null;

  function firstBit(hash: number): boolean {
    const place = hash % BITS;
    const [byte, bit] = [place >>> 3, 1 << (place & 7)];
    if ((bits![byte]! & bit) !== 0) return false;
    bits![byte]! |= bit;
    return true;
  }

  return {
    first(unit, kind) {
      const hash = hash53(unit) + kind;
      if (bits) return firstBit(hash);
      if (few.has(hash)) return false;
      few.add(hash);
      if (few.size > FEW) {
        bits = new Uint8Array(BITS / 8);
        few.forEach(firstBit);
        few.clear();
      }
      return true;
    },
  };
}
