/** Holds a value and tells those who show it when it changed. */

export class Store<Value, Event> {
  private value: Value;
  private readonly reduce: (value: Value, event: Event) => Value;
  private readonly watchers: ((now: Value, before: Value) => void)[] = [];

  constructor(first: Value, reduce: (value: Value, event: Event) => Value) {
    this.value = first;
    this.reduce = reduce;
  }

  get now(): Value {
    return this.value;
  }

  watch(watcher: (now: Value, before: Value) => void): void {
    this.watchers.push(watcher);
  }

  tell(event: Event): void {
    const before = this.value;
    this.value = this.reduce(before, event);
    if (this.value !== before) for (const watcher of this.watchers) watcher(this.value, before);
  }
}
