/**
 * The Shapley values of a game of few players, from the worth of every coalition: a player is a bit of `present`. Each
 * coalition is asked for once. https://en.wikipedia.org/wiki/Shapley_value
 */
export function shapleyValues(players: number, worthOf: (present: number) => number): Float64Array {
  const values = new Float64Array(players);
  if (players === 0) return values;
  // How probable a coalition of this size is to be those who came before a player: by size.
  const chances = new Float64Array(players).fill(1 / players);
  for (let size = 1; size < players; size++) chances[size] = (chances[size - 1]! * size) / (players - size);

  for (let present = 0; present < 2 ** players; present++) {
    const worth = worthOf(present);
    const size = bitsIn(present);
    for (let player = 0; player < players; player++)
      if ((present >> player) & 1) values[player]! += chances[size - 1]! * worth;
      else values[player]! -= chances[size]! * worth;
  }
  return values;
}

function bitsIn(set: number): number {
  let bits = 0;
  for (let rest = set; rest !== 0; rest &= rest - 1) bits++;
  return bits;
}
