/** One kind of place for rows: a file of this folder, and a line in its index. */
export interface PlaceKind<Place> {
  /** inWords(place) // => 'transactions' */
  inWords(place: Place): string;
}
