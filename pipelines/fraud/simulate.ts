import { accountOf, makeCampaignCards, makeCards, type Card } from './cards.ts';
import { movedMarket, usualMarket, type Category, type Country, type Device } from './market.ts';
import { honestPurchase, MEAN_SPREE, spree, type Purchase, type Scene } from './purchases.ts';
import { between, logNormal, lottery, poisson, randomFrom, type Random } from './random.ts';
import { movedSchemes, thefts, usualSchemes } from './thieves.ts';

/** A row of the table `transactions`. */
export interface Transaction {
  transaction_id: string;
  card_id: string;
  occurred_at: string;
  amount: number;
  /** The amount as a multiple of what this card usually spends at once. */
  amount_to_usual: number;
  merchant_category: Category;
  /** In kilometres; null when the terminal sent no location. */
  distance_from_home: number | null;
  /** How many transactions the card made in the 24 hours before this one. */
  transactions_24h: number;
  device: Device;
  country: Country;
  account_age_days: number;
  is_online: boolean;
}

/** A row of the table `chargebacks`: the bank's word, days later, that a transaction was fraud. */
export interface Chargeback {
  transaction_id: string;
  is_fraud: true;
  observed_at: string;
}

export interface SimulatedTransaction {
  transaction: Transaction;
  chargeback: Chargeback | null;
}

export interface FraudOptions {
  seed: number;
  perDay: number;
  /** From the first whole hour that is not before `since`, customers and thieves behave differently. */
  drift?: { since: string };
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STREAM = { honest: 11, incidents: 12, banks: 13 };

const CARDS_PER_DAILY_TRANSACTION = 0.75;
const STOLEN = 0.0192;
/** Honest purchases that are charged back all the same: label noise. */
const DISPUTED = 0.0008;
const SPREES = 0.025;
/** No spree and no theft lasts longer. */
const LONGEST_INCIDENT_HOURS = 6;

/** Relative purchases by hour of the day, UTC. */
const weekday = [2, 1, 1, 1, 1, 3, 8, 16, 20, 18, 20, 26, 34, 30, 24, 24, 30, 40, 44, 38, 28, 20, 12, 6];
const weekend = [5, 3, 2, 1, 1, 1, 3, 7, 14, 24, 34, 40, 40, 36, 34, 34, 34, 34, 34, 32, 28, 22, 16, 10];
const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
const PER_WEEK = 5 * sum(weekday) + 2 * sum(weekend);

/** The share of an average day's transactions that fall into the hour. */
function rhythm(hourStart: number): number {
  const at = new Date(hourStart);
  const hours = at.getUTCDay() % 6 === 0 ? weekend : weekday;
  return (7 * hours[at.getUTCHours()]!) / PER_WEEK;
}

/**
 * Card transactions with their chargebacks, made up but lifelike. Every hour comes from (seed, hour) alone, so a stretch
 * of time holds the same rows whether it is asked for alone or within a longer one.
 */
export function createFraudSimulator({ seed, perDay, drift }: FraudOptions) {
  const driftFrom = drift === undefined ? Infinity : Math.ceil(Date.parse(drift.since) / HOUR) * HOUR;
  const cards = makeCards(seed, Math.max(200, Math.round(perDay * CARDS_PER_DAILY_TRANSACTION)));
  const drawCard = lottery(cards.map((card) => [card, card.activity] as const));
  const drawCampaignCard =
    driftFrom === Infinity
      ? drawCard
      : lottery(
          makeCampaignCards(seed, Math.ceil(cards.length / 2), cards.length, Math.floor(driftFrom / DAY)).map(
            (card) => [card, card.activity] as const,
          ),
        );

  const sceneOf = (stream: number, hour: number): Scene => ({
    seed,
    market: hour < driftFrom ? usualMarket : movedMarket,
    random: randomFrom(seed, stream, hour / HOUR),
  });
  const customer = ({ market, random }: Scene): Card =>
    random() < market.campaign ? drawCampaignCard(random) : drawCard(random);

  /** Sprees and thefts that begin in the hour; they may end in a later one. */
  function incidentsFrom(hour: number): Purchase[] {
    const scene = sceneOf(STREAM.incidents, hour);
    const sprees = poisson(scene.random, (perDay * rhythm(hour) * SPREES) / MEAN_SPREE);
    const begun: Purchase[] = [];
    for (let i = 0; i < sprees; i++)
      begun.push(...spree(scene, customer(scene), hour + between(scene.random, 0, HOUR)));
    const schemes = hour < driftFrom ? usualSchemes : movedSchemes;
    begun.push(...thefts(scene.random, schemes, (perDay * STOLEN) / 24, hour, drawCard));
    return begun;
  }

  /** The hour's purchases in time order, without the count that needs the day before. */
  function purchasesOf(hour: number, incidents: readonly Purchase[]): Purchase[] {
    const scene = sceneOf(STREAM.honest, hour);
    const honest = poisson(scene.random, perDay * rhythm(hour) * (1 - STOLEN - SPREES));
    const purchases = incidents.filter(({ time }) => time >= hour && time < hour + HOUR);
    for (let i = 0; i < honest; i++)
      purchases.push(honestPurchase(scene, customer(scene), Math.floor(hour + scene.random() * HOUR)));
    return purchases.sort((a, b) => a.time - b.time);
  }

  /** Transactions with from <= occurred_at < to, in time order, made as they are asked for. */
  function* transactions(from: string, to: string): Generator<SimulatedTransaction> {
    const [start, end] = [Date.parse(from), Date.parse(to)];
    const recent = new Map<string, number[]>();
    const begun = new Map<number, Purchase[]>();
    const firstHour = Math.floor(start / HOUR) * HOUR - DAY;
    for (let hour = firstHour - LONGEST_INCIDENT_HOURS * HOUR; hour < end; hour += HOUR) {
      begun.set(hour, incidentsFrom(hour));
      begun.delete(hour - (LONGEST_INCIDENT_HOURS + 1) * HOUR);
      if (hour < firstHour) continue;
      const banks = randomFrom(seed, STREAM.banks, hour / HOUR);
      const purchases = purchasesOf(hour, [...begun.values()].flat());
      for (const [i, purchase] of purchases.entries()) {
        const account = accountOf(purchase.card, Math.floor(purchase.time / DAY));
        const transactions24h = countRecent(recent, account.id, purchase.time);
        const observedAt = chargedBackAt(banks, purchase);
        if (purchase.time < start) continue;
        if (purchase.time >= end) return;
        const transaction = describe(purchase, account, `t-${hour / HOUR}-${i}`, transactions24h);
        const { transaction_id } = transaction;
        yield {
          transaction,
          chargeback:
            observedAt === null
              ? null
              : { transaction_id, is_fraud: true, observed_at: new Date(observedAt).toISOString() },
        };
      }
    }
  }

  return { between: transactions };
}

/** `createFraudSimulator` for one stretch of time. */
export const simulateFraud = ({ from, to, ...options }: FraudOptions & { from: string; to: string }) =>
  createFraudSimulator(options).between(from, to);

/** How many transactions the account made in the 24 hours before `time`; notes this one. */
function countRecent(recent: Map<string, number[]>, account: string, time: number): number {
  const times = recent.get(account);
  if (times === undefined) {
    recent.set(account, [time]);
    return 0;
  }
  let old = 0;
  while (old < times.length && times[old]! <= time - DAY) old++;
  if (old > 0) times.splice(0, old);
  times.push(time);
  return times.length - 1;
}

/** When the bank says that it was fraud: mostly within days, seldom after the week that labels are given, at times never. */
function chargedBackAt(random: Random, { fraud, time }: Purchase): number | null {
  const never = fraud ? random() < 0.03 : random() >= DISPUTED;
  if (never) return null;
  if (random() < 0.01) return time + between(random, 7, 11) * DAY;
  return time + Math.min(6.9 * DAY, Math.max(2 * HOUR, logNormal(random, 1.6 * DAY, 0.7)));
}

const USUAL_AMOUNT = 30;

function describe(
  { card, ...purchase }: Purchase,
  account: { id: string; age: number },
  transactionId: string,
  transactions24h: number,
): Transaction {
  const amount = Math.min(20_000, Math.max(0.5, purchase.amount));
  return {
    transaction_id: transactionId,
    card_id: account.id,
    occurred_at: new Date(purchase.time).toISOString(),
    amount: Math.round(amount * 100) / 100,
    amount_to_usual: Math.round((amount / (USUAL_AMOUNT * card.spending)) * 1_000) / 1_000,
    merchant_category: purchase.category,
    distance_from_home: purchase.distance === null ? null : Math.min(20_000, Math.round(purchase.distance * 10) / 10),
    transactions_24h: transactions24h,
    device: purchase.device,
    country: purchase.country,
    account_age_days: account.age,
    is_online: purchase.online,
  };
}
