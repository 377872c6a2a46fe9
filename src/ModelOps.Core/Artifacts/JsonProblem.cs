using System.Buffers;
using System.Text;

namespace ModelOps.Core.Artifacts;

/// <summary>Why a text is not acceptable JSON; each kind has its own diagnostic code where the text is data.</summary>
public enum JsonProblemKind
{
    Malformed,
    InvalidUtf8,
    LoneSurrogate,
    DuplicateKey,
    NumberTooLarge,
    TooDeep,
}

/// <summary>What is wrong with a JSON text and at which byte.</summary>
/// <param name="Offset">Byte offset from the start of the text.</param>
/// <param name="Detail">What was found and what was expected; safe for a log.</param>
public readonly record struct JsonProblem(JsonProblemKind Kind, int Offset, string Detail)
{
    /// <summary>
    /// Line and column of a byte, both from 1. A line ends with LF. Columns count UTF-16 code units, as the common editors do;
    /// a byte order mark counts as none, an invalid byte counts as one.
    /// </summary>
    public static (int Line, int Column) Position(ReadOnlySpan<byte> text, int offset)
    {
        ReadOnlySpan<byte> before = text[..Math.Clamp(offset, 0, text.Length)];
        int line = 1 + before.Count((byte)'\n');
        ReadOnlySpan<byte> rest = before[(before.LastIndexOf((byte)'\n') + 1)..];
        if (line == 1 && rest.StartsWith(Encoding.UTF8.Preamble))
        {
            rest = rest[Encoding.UTF8.Preamble.Length..];
        }

        int column = 1;
        while (!rest.IsEmpty)
        {
            OperationStatus status = Rune.DecodeFromUtf8(rest, out Rune rune, out int consumed);
            column += status == OperationStatus.Done ? rune.Utf16SequenceLength : 1;
            rest = rest[Math.Max(1, consumed)..];
        }

        return (line, column);
    }
}

/// <summary>Thrown by <see cref="JsonTree.Parse"/>; the caller knows the file and adds the code.</summary>
public sealed class JsonProblemException(JsonProblem problem, int line, int column) : Exception($"line {line}, column {column}: {problem.Detail}")
{
    public JsonProblem Problem { get; } = problem;

    public int Line { get; } = line;

    public int Column { get; } = column;
}
