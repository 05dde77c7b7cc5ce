import { type Country } from './market.ts';
import { between, integer, logNormal, lottery, randomFrom, type Random } from './random.ts';

/** A card and its owner's habits. */
export interface Card {
  number: number;
  name: string;
  home: Country;
  /** How many purchases it makes, relative to others. */
  activity: number;
  /** How much it spends, relative to others. */
  spending: number;
  /** How far from home it usually shops, in kilometres. */
  radius: number;
  /** The share of its purchases made online. */
  online: number;
  screen: 'phone' | 'desktop' | 'tablet';
  taps: boolean;
  /** An account lives this many days and is then replaced by a new one, so the mix of ages is the same in any year. */
  lifetime: number;
  phase: number;
  /** For a customer won by the campaign: the day (since 1970) it began, from which the account's age counts. */
  campaignDay: number | null;
}

const STREAM = { cards: 1, campaign: 2, trips: 3 };
const homes = lottery<Country>([
  ['DE', 40],
  ['FR', 20],
  ['NL', 14],
  ['BE', 10],
  ['AT', 10],
  ['ES', 3],
  ['IT', 3],
]);
const campaignHomes = lottery<Country>([
  ['PT', 45],
  ['ES', 30],
  ['GB', 25],
]);
const screens = lottery<Card['screen']>([
  ['phone', 55],
  ['desktop', 33],
  ['tablet', 12],
]);

export function makeCards(seed: number, count: number): Card[] {
  const random = randomFrom(seed, STREAM.cards);
  return Array.from({ length: count }, (_, number) => ({ ...makeCard(random, number), campaignDay: null }));
}

/** Customers abroad who sign up in the weeks before the campaign's day, and begin to buy on it. */
export function makeCampaignCards(seed: number, count: number, first: number, campaignDay: number): Card[] {
  const random = randomFrom(seed, STREAM.campaign);
  return Array.from({ length: count }, (_, i) => ({
    ...makeCard(random, first + i),
    home: campaignHomes(random),
    radius: logNormal(random, 14, 0.7),
    phase: integer(random, 0, 60),
    campaignDay,
  }));
}

function makeCard(random: Random, number: number): Omit<Card, 'campaignDay'> {
  const lifetime = Math.round(Math.min(4_000, Math.max(120, logNormal(random, 1_100, 0.8))));
  return {
    number,
    name: `card-${String(number).padStart(5, '0')}`,
    home: homes(random),
    activity: Math.min(8, logNormal(random, 1, 0.7)),
    spending: logNormal(random, 1, 0.4),
    radius: logNormal(random, 5, 0.8),
    online: between(random, 0.05, 0.65),
    screen: screens(random),
    taps: random() < 0.7,
    lifetime,
    phase: integer(random, 0, lifetime - 1),
  };
}

/** The account behind a card on a day (since 1970): its name and its age. */
export function accountOf(card: Card, day: number): { id: string; age: number } {
  if (card.campaignDay !== null) return { id: `${card.name}-0`, age: day - card.campaignDay + card.phase };
  const lived = day + card.phase;
  return { id: `${card.name}-${Math.floor(lived / card.lifetime)}`, age: lived % card.lifetime };
}

const TRIP_DAYS = 5;
const TRAVELLING = 0.035;
const destinations = lottery<Country>([
  ['ES', 26],
  ['IT', 24],
  ['FR', 14],
  ['AT', 12],
  ['GB', 10],
  ['US', 8],
  ['PT', 6],
]);

/** Where a travelling card is on a day, or null when it is at home. A trip lasts five days. */
export function tripOf(seed: number, card: Card, day: number): { country: Country; distance: number } | null {
  const random = randomFrom(seed, STREAM.trips, card.number, Math.floor((day + card.number) / TRIP_DAYS));
  if (random() >= TRAVELLING) return null;
  return { country: destinations(random), distance: Math.min(18_000, logNormal(random, 700, 0.7)) };
}
