import { lottery, type Random } from './random.ts';

export const categories = [
  'grocery',
  'restaurant',
  'fuel',
  'transport',
  'clothing',
  'electronics',
  'digital',
  'travel',
  'health',
  'marketplace',
] as const;
export type Category = (typeof categories)[number];

/** How it was paid: in a shop with chip, contactless or the wallet app; online from one of the three screens, or the app. */
export const devices = ['chip', 'contactless', 'wallet', 'phone', 'desktop', 'tablet'] as const;
export type Device = (typeof devices)[number];

export const countries = ['DE', 'FR', 'NL', 'BE', 'AT', 'ES', 'IT', 'PT', 'GB', 'US'] as const;
export type Country = (typeof countries)[number];

/** The middle of what people spend at once, and how wide it spreads (of the logarithm). */
export const prices: Record<Category, { median: number; spread: number }> = {
  grocery: { median: 28, spread: 0.8 },
  restaurant: { median: 32, spread: 0.7 },
  fuel: { median: 55, spread: 0.4 },
  transport: { median: 9, spread: 0.9 },
  clothing: { median: 60, spread: 0.8 },
  electronics: { median: 140, spread: 1.1 },
  digital: { median: 11, spread: 0.9 },
  travel: { median: 190, spread: 1 },
  health: { median: 26, spread: 0.8 },
  marketplace: { median: 35, spread: 1 },
};

/** What honest customers do at one time in history. */
export interface Market {
  inStore: (random: Random) => Category;
  online: (random: Random) => Category;
  /** Added to every card's own habit of buying online. */
  moreOnline: number;
  /** The share of payments made with the wallet app. */
  wallet: number;
  amounts: number;
  distances: number;
  /** The share of purchases made by customers that a campaign abroad has won. */
  campaign: number;
}

export const usualMarket: Market = {
  inStore: lottery<Category>([
    ['grocery', 38],
    ['restaurant', 18],
    ['fuel', 9],
    ['transport', 13],
    ['clothing', 8],
    ['electronics', 4],
    ['travel', 2],
    ['health', 8],
  ]),
  online: lottery<Category>([
    ['grocery', 6],
    ['restaurant', 10],
    ['transport', 8],
    ['clothing', 18],
    ['electronics', 12],
    ['digital', 26],
    ['travel', 7],
    ['health', 3],
    ['marketplace', 10],
  ]),
  moreOnline: 0,
  wallet: 0.06,
  amounts: 1,
  distances: 1,
  campaign: 0,
};

/** After a wallet app and a campaign abroad: small payments by phone, on transport and a marketplace, further away. */
export const movedMarket: Market = {
  inStore: lottery<Category>([
    ['grocery', 22],
    ['restaurant', 20],
    ['fuel', 3],
    ['transport', 38],
    ['clothing', 5],
    ['electronics', 4],
    ['travel', 2],
    ['health', 6],
  ]),
  online: lottery<Category>([
    ['grocery', 4],
    ['restaurant', 10],
    ['transport', 14],
    ['clothing', 8],
    ['electronics', 7],
    ['digital', 20],
    ['travel', 4],
    ['health', 3],
    ['marketplace', 30],
  ]),
  moreOnline: 0.05,
  wallet: 0.45,
  amounts: 0.55,
  distances: 2.5,
  campaign: 0.35,
};
