import { accountOf, type Card } from './cards.ts';
import { countries, type Category, type Device } from './market.ts';
import { type Purchase } from './purchases.ts';
import { between, integer, logNormal, pick, poisson, type Random } from './random.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** One way to steal: which cards it is done with, how often in a row, and what each transaction looks like. */
interface Scheme {
  /** Its share of all stolen transactions. */
  share: number;
  /** How much more often it is tried at an hour of the day (UTC), 1 on average. */
  rhythm: (hour: number) => number;
  suits: (card: Card, age: number) => boolean;
  size: readonly [least: number, most: number];
  /** Minutes between two of its transactions. */
  pause: readonly [least: number, most: number];
  steal: (random: Random, card: Card) => Omit<Purchase, 'time' | 'card' | 'fraud'>;
}

const evenly = () => 1;
const atNight = (hour: number) => (hour < 6 ? 2.4 : hour < 9 ? 0.4 : hour < 18 ? 0.35 : 1);
const byDay = (hour: number) => (hour < 7 ? 0.1 : hour < 20 ? 1.6 : 0.6);

/** Is a stolen number still good? A burst of small payments to web shops. */
const testing = (share: number): Scheme => ({
  share,
  rhythm: evenly,
  suits: () => true,
  size: [3, 9],
  pause: [0.5, 9],
  steal: (random, card) => ({
    category: pick<Category>(random, ['digital', 'digital', 'marketplace', 'health', 'transport']),
    amount: logNormal(random, 3, 0.8),
    distance: random() < 0.5 ? logNormal(random, card.radius, 0.6) : logNormal(random, 150, 1.2),
    device: pick<Device>(random, ['desktop', 'desktop', 'phone', 'tablet']),
    country: random() < 0.5 ? card.home : pick(random, countries),
    online: true,
  }),
});

/** A stolen card in shops: large amounts, far from home, by night. */
const stolen = (share: number): Scheme => ({
  share,
  rhythm: atNight,
  suits: () => true,
  size: [1, 4],
  pause: [8, 70],
  steal: (random, card) => ({
    category: pick<Category>(random, ['electronics', 'clothing', 'fuel', 'grocery', 'restaurant', 'travel']),
    amount: logNormal(random, 150 * card.spending, 0.75),
    distance: logNormal(random, 160, 1),
    device: random() < 0.7 ? 'chip' : 'contactless',
    country: random() < 0.45 ? card.home : pick(random, countries),
    online: false,
  }),
});

/** An account taken over: one that is new, or long unused; a few online orders of some size from an unknown screen. */
const takeover = (share: number): Scheme => ({
  share,
  rhythm: evenly,
  suits: (_card, age) => age < 120 || age > 2_200,
  size: [1, 3],
  pause: [5, 90],
  steal: (random, card) => ({
    category: pick<Category>(random, ['electronics', 'clothing', 'travel', 'marketplace', 'digital']),
    amount: logNormal(random, 95 * card.spending, 0.7),
    distance: random() < 0.4 ? logNormal(random, card.radius, 0.8) : logNormal(random, 220, 1.1),
    device: pick<Device>(random, ['desktop', 'desktop', 'desktop', 'phone', 'tablet']),
    country: random() < 0.55 ? card.home : pick(random, countries),
    online: true,
  }),
});

/** A stolen number put into a thief's wallet app: by day, near the victim's home, amounts that look usual. */
const walletTheft = (share: number): Scheme => ({
  share,
  rhythm: byDay,
  suits: (card, age) => card.campaignDay === null && age > 300,
  size: [2, 5],
  pause: [6, 50],
  steal: (random, card) => ({
    category: pick<Category>(random, ['grocery', 'grocery', 'electronics', 'clothing', 'health']),
    amount: logNormal(random, 70 * card.spending, 0.45),
    distance: logNormal(random, card.radius, 0.7),
    device: 'wallet',
    country: card.home,
    online: false,
  }),
});

export const usualSchemes: readonly Scheme[] = [testing(0.34), stolen(0.38), takeover(0.28)];
export const movedSchemes: readonly Scheme[] = [testing(0.12), stolen(0.12), takeover(0.08), walletTheft(0.68)];

/** The thefts that begin in an hour: `expected` stolen transactions on average over a day's hours. */
export function thefts(
  random: Random,
  schemes: readonly Scheme[],
  expected: number,
  hourStart: number,
  drawCard: (random: Random) => Card,
): Purchase[] {
  const hour = new Date(hourStart).getUTCHours();
  const day = Math.floor(hourStart / DAY);
  const begun: Purchase[] = [];
  for (const scheme of schemes) {
    const meanSize = (scheme.size[0] + scheme.size[1]) / 2;
    const times = poisson(random, (expected * scheme.share * scheme.rhythm(hour)) / meanSize);
    for (let i = 0; i < times; i++)
      begun.push(...theft(random, scheme, hourStart, victim(random, scheme, day, drawCard)));
  }
  return begun;
}

/** A card that suits the scheme; after sixty draws without one, any card will do. */
function victim(random: Random, scheme: Scheme, day: number, drawCard: (random: Random) => Card): Card {
  let card = drawCard(random);
  for (let draws = 0; draws < 60 && !scheme.suits(card, accountOf(card, day).age); draws++) card = drawCard(random);
  return card;
}

function theft(random: Random, scheme: Scheme, hourStart: number, card: Card): Purchase[] {
  let time = hourStart + between(random, 0, 60) * MINUTE;
  return Array.from({ length: integer(random, ...scheme.size) }, () => {
    const purchase = { time: Math.floor(time), card, fraud: true, ...scheme.steal(random, card) };
    time += between(random, ...scheme.pause) * MINUTE;
    return purchase;
  });
}
