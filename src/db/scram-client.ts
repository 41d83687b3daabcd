import pg from 'pg';

/** The class of the clients of a database, by its URL. */
export function clientClass(databaseUrl: string): typeof pg.Client {
  return requiresScram(databaseUrl) ? ScramClient : pg.Client;
}

/**
 * Whether the URL says, by libpq's parameter `require_auth`, that the server must authenticate by SCRAM. That of the
 * embedded PostgreSQL does.
 */
function requiresScram(databaseUrl: string): boolean {
  return (
    URL.canParse(databaseUrl) && new URL(databaseUrl).searchParams.get('require_auth') === 'scram-sha-256'
  );
}

/**
 * A client that authenticates by SCRAM only, in which the server shows that it knows the password, too. pg answers
 * every server that asks for the password with the password, and believes one that asks for nothing.
 */
class ScramClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(config);
    const { connection } = this;
    let proved = false;
    // pg adds its own listeners later. A destroyed stream sends nothing any more.
    const refuse = (): void => {
      // The end of the handshake may have arrived in the same packet.
      connection.removeAllListeners('readyForQuery');
      connection.stream.destroy(
        new Error('the server does not authenticate by SCRAM, so it is not the expected PostgreSQL'),
      );
    };
    connection.on('authenticationCleartextPassword', refuse);
    connection.on('authenticationMD5Password', refuse);
    // pg checks the proof in this message, and fails the connection when it is wrong.
    connection.on('authenticationSASLFinal', () => (proved = true));
    connection.on('authenticationOk', () => {
      if (!proved) refuse();
    });
  }
}
