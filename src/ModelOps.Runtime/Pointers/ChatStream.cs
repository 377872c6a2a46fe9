using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using ModelOps.Backends.Endpoints;

namespace ModelOps.Runtime.Pointers;

/// <summary>Reads server-sent events: lines <c>data: {…}</c>, the last one as the API has it (<c>data: [DONE]</c>).</summary>
internal static class ChatStream
{
    private const string Data = "data:";
    private const int LongestLine = 4 << 20;

    /// <exception cref="JsonException">A line is no piece of an answer, the server reports an error in the middle, or the stream ends without an end.</exception>
    public static async IAsyncEnumerable<ChatPiece> ReadAsync(Stream stream, ChatApi api, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var reader = new StreamReader(stream);
        bool mayEnd = false;
        while (await reader.ReadLineAsync(cancellation).ConfigureAwait(false) is { } line)
        {
            if (!line.StartsWith(Data, StringComparison.Ordinal))
            {
                continue; // comments keep the connection open, empty lines part events
            }

            string data = line[Data.Length..].Trim();
            if (data == api.LastEvent)
            {
                yield break;
            }

            ChatPiece piece = data.Length <= LongestLine ? api.Piece(Encoding.UTF8.GetBytes(data)) : throw new JsonException("a line is longer than any answer");
            mayEnd |= api.LastEvent is null && piece.Finish is not null;
            yield return piece;
        }

        if (!mayEnd)
        {
            throw new JsonException("the stream ended in the middle of the answer");
        }
    }
}
