/**
 * The few commands of Memcached that items need, in its text protocol: a line, maybe a value, an answer.
 *
 * It is spoken here because memjs knows no TLS, which ElastiCache wants.
 */

/** @typedef { {value: string, change: string} } Kept a value, and the number of its last change */

/** What the server answers where a command was not done for reasons of its own. */
export class MemcachedError extends Error {
  name = "MemcachedError";
}

/** One connection. Its commands follow each other, and each says whether it was done. */
export class Memcached {
  #socket;
  #chunks;
  #received = Buffer.alloc(0);
  /** @type {Promise<unknown>} */
  #last = Promise.resolve();

  /**
   * @param {import("node:stream").Duplex & {setTimeout: (milliseconds: number, tell?: () => void) => unknown}} socket
   * @param {number} answerMilliseconds how long a command may take
   */
  constructor(socket, answerMilliseconds) {
    this.answerMilliseconds = answerMilliseconds;
    this.#socket = socket;
    this.#socket.on("error", () => {}); // told by the command that meets it
    this.#socket.on("timeout", () => socket.destroy(new MemcachedError("no answer in time")));
    this.#chunks = socket[Symbol.asyncIterator]();
  }

  /** What is under a key, undefined for nothing. @param {string} key @returns {Promise<Kept | undefined>} */
  get(key) {
    return this.#inTurn(`gets ${key}`, async (line) => {
      if (line === "END") return undefined;
      const [word, , , size, change] = line.split(" ");
      if (word !== "VALUE") throw new MemcachedError(line);
      const value = (await this.#bytes(Number(size))).toString();
      await this.#bytes("\r\nEND\r\n".length);
      return { value, change };
    });
  }

  /**
   * Put a value where there is none; whether there was none.
   *
   * @param {string} key
   * @param {string} value
   * @param {number} seconds 0 is for ever
   */
  async add(key, value, seconds) {
    const head = `add ${key} 0 ${seconds} ${Buffer.byteLength(value)}`;
    return (await this.#done(`${head}\r\n${value}`, "STORED", "NOT_STORED")) === "STORED";
  }

  /**
   * Put a value where there still is the one of that change.
   *
   * @param {string} key
   * @param {string} value
   * @param {string} change
   * @param {number} seconds 0 is for ever, less than 0 is over already
   * @returns {Promise<string>} STORED; EXISTS if there is another value; NOT_FOUND
   */
  cas(key, value, change, seconds) {
    const head = `cas ${key} 0 ${seconds} ${Buffer.byteLength(value)} ${change}`;
    return this.#done(`${head}\r\n${value}`, "STORED", "EXISTS", "NOT_FOUND");
  }

  /** Forget what is under a key. @param {string} key */
  async delete(key) {
    await this.#done(`delete ${key}`, "DELETED", "NOT_FOUND");
  }

  end() {
    this.#socket.destroy();
  }

  /** @param {string} command @param {string[]} known what may be answered @returns {Promise<string>} */
  #done(command, ...known) {
    return this.#inTurn(command, async (line) => {
      if (!known.includes(line)) throw new MemcachedError(line);
      return line;
    });
  }

  /**
   * Send a command once the one before it was answered.
   *
   * @template T
   * @param {string} command
   * @param {(line: string) => Promise<T>} read what the first line of the answer says
   * @returns {Promise<T>}
   */
  #inTurn(command, read) {
    const asked = this.#last.then(async () => {
      this.#socket.setTimeout(this.answerMilliseconds);
      this.#socket.write(`${command}\r\n`);
      const answer = await read(await this.#line());
      this.#socket.setTimeout(0);
      return answer;
    });
    this.#last = asked.catch(() => {});
    return asked;
  }

  async #line() {
    let end;
    while ((end = this.#received.indexOf("\r\n")) < 0) await this.#more();
    const line = (await this.#bytes(end)).toString();
    await this.#bytes("\r\n".length);
    return line;
  }

  /** @param {number} length */
  async #bytes(length) {
    while (this.#received.length < length) await this.#more();
    const found = this.#received.subarray(0, length);
    this.#received = this.#received.subarray(length);
    return found;
  }

  async #more() {
    const { done, value } = await this.#chunks.next();
    if (done) throw new MemcachedError("the connection was closed");
    this.#received = Buffer.concat([this.#received, value]);
  }
}
