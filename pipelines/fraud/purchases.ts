import { tripOf, type Card } from './cards.ts';
import { countries, prices, type Category, type Country, type Device, type Market } from './market.ts';
import { between, integer, logNormal, pick, type Random } from './random.ts';

/** A transaction before it has a number and its card's count of the last 24 hours. */
export interface Purchase {
  /** Milliseconds since 1970. */
  time: number;
  card: Card;
  category: Category;
  amount: number;
  /** Kilometres between the card's home and the shop or, online, the address that asks; null when it sent none. */
  distance: number | null;
  device: Device;
  country: Country;
  online: boolean;
  fraud: boolean;
}

export interface Scene {
  seed: number;
  market: Market;
  random: Random;
}

const NO_LOCATION = 0.01;
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

export function honestPurchase(
  { seed, market, random }: Scene,
  card: Card,
  time: number,
  online = random() < card.online + market.moreOnline,
): Purchase {
  const category = online ? market.online(random) : market.inStore(random);
  const trip = tripOf(seed, card, Math.floor(time / DAY));
  const price = prices[category];
  return {
    time,
    card,
    category,
    amount: logNormal(random, price.median * card.spending * market.amounts * (trip ? 1.3 : 1), price.spread),
    distance: random() < NO_LOCATION ? null : honestDistance({ market, random }, card, trip?.distance, online),
    device: honestDevice({ market, random }, card, online),
    country: trip && !online ? trip.country : honestCountry(random, card, online),
    online,
    fraud: false,
  };
}

function honestDistance(
  { market, random }: Omit<Scene, 'seed'>,
  card: Card,
  away: number | undefined,
  online: boolean,
): number {
  if (away !== undefined) return logNormal(random, away, 0.15);
  // Online, one in ten asks from an office or through a far-away network.
  if (online && random() < 0.1) return logNormal(random, 180, 1.2);
  if (random() < 0.05) return logNormal(random, 90 * market.distances, 0.8); // a day out
  return logNormal(random, card.radius * market.distances, online ? 0.6 : 0.9);
}

function honestDevice({ market, random }: Omit<Scene, 'seed'>, card: Card, online: boolean): Device {
  if (random() < market.wallet) return 'wallet';
  if (online) return random() < 0.12 ? pick(random, ['phone', 'desktop', 'tablet']) : card.screen;
  return card.taps === random() < 0.9 ? 'contactless' : 'chip';
}

/** A shop at home stands in the card's country; a web shop may stand anywhere. */
function honestCountry(random: Random, card: Card, online: boolean): Country {
  return random() < (online ? 0.72 : 0.97) ? card.home : pick(random, countries);
}

/** Honest customers who look like thieves: an evening of small purchases in a game, or a day of shopping. */
export function spree(scene: Scene, card: Card, start: number): Purchase[] {
  const { random, market } = scene;
  const game = random() < 0.55;
  const category: Category = game ? 'digital' : pick(random, ['clothing', 'electronics', 'restaurant']);
  const median = game ? 4 : prices[category].median * card.spending * market.amounts;
  let time = start;
  return Array.from({ length: integer(random, 3, 8) }, () => {
    time += between(random, 1, game ? 12 : 45) * MINUTE;
    return { ...honestPurchase(scene, card, Math.floor(time), game), category, amount: logNormal(random, median, 0.6) };
  });
}
export const MEAN_SPREE = 5.5;
