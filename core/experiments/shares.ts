interface Share {
  version: number;
  share: number;
}

/**
 * The shares without a version, such that nobody who met another one changes it. Servers let each version draw from
 * what the newer ones left (server/serving/serving.ts): so newer versions keep their shares, and the older ones, or the
 * next newer where it is the oldest, take over what becomes free.
 */
export function withoutVersion(arms: readonly Share[], version: number): Share[] {
  const gone = arms.find((arm) => arm.version === version);
  if (!gone) return [...arms];
  const left = arms.filter((arm) => arm !== gone).sort((a, b) => a.version - b.version);
  const older = left.filter((arm) => arm.version < version);
  const heirs = older.length > 0 ? older : left.slice(0, 1);
  const had = heirs.reduce((sum, { share }) => sum + share, 0);
  return left.map((arm) => (heirs.includes(arm) ? { ...arm, share: arm.share * (1 + gone.share / had) } : arm));
}
