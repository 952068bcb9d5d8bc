/** Signs in to a PostgreSQL whose certificate nobody has signed: that it knows the password is its proof. */

// SCRAM that names the certificate of this very TLS connection: nobody who stands between can pass it on.
const BOUND = "SCRAM-SHA-256-PLUS";
// What a server sends that signs somebody in by it. The driver compares the server's signature, in the last but one.
const STEPS = ["authenticationSASL", "authenticationSASLContinue", "authenticationSASLFinal", "authenticationOk"];
const REFUSED = "The server did not prove that it knows the password";

/**
 * Connect, as `enableChannelBinding` asks for and no other way.
 *
 * By itself the driver goes along with whatever a server wants: the password in clear, or nothing at all. Here the
 * connection ends before it answers.
 *
 * @param {import("pg").Client} client
 */
export async function signIn(client) {
  const { connection } = client;
  const steps = [...STEPS];
  connection.on("message", ({ name, mechanisms = [BOUND] }) => {
    if (steps.length === 0 || name === "error") return;
    if (name === steps[0] && mechanisms.includes(BOUND)) {
      steps.shift();
      return;
    }
    connection.stream.destroy(); // nothing is sent any more
    connection.emit("error", new Error(REFUSED));
  });
  await client.connect();
  if (steps.length > 0) throw new Error(REFUSED);
}
