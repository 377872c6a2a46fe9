using System.Text;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Protocol;

namespace ModelOps.Core.Data;

/// <summary>
/// One example in canonical form: <c>{"messages":[{"content":…,"role":…},…]}</c> and whatever else the row says, names sorted at the
/// top level, nested values with their keys as written. <c>prompt</c>/<c>completion</c> rows become messages; a preference pair, whatever
/// its shape, becomes <c>{"chosen":[…],"prompt":[…],"rejected":[…]}</c>.
/// </summary>
public sealed class Row
{
    private readonly RowLayout _layout;
    private IReadOnlyList<PromptMessage>? _messages;

    internal Row(Digest id, RowSource source, int start, int length, RowLayout layout, int line, int index)
    {
        Id = id;
        Source = source;
        (Start, Length) = (start, length);
        _layout = layout;
        Line = line;
        Index = index;
    }

    public RowShape Shape => _layout.Shape;

    /// <summary>SHA-256 of <see cref="Canonical"/>.</summary>
    public Digest Id { get; }

    /// <summary>Read anew each time when the set is too large for memory.</summary>
    public ReadOnlyMemory<byte> Canonical => Source.Read(Start, Length);

    /// <summary>The file as it was given, and the line.</summary>
    public SourceLocation Location => new(Source.File, Line, 1);

    internal RowSource Source { get; }

    /// <summary>Where in <see cref="Source"/> the canonical bytes start, and how many they are.</summary>
    internal int Start { get; set; }

    internal int Length { get; }

    internal int Line { get; }

    /// <summary>Which of the source's facts are this row's.</summary>
    internal int Index { get; }

    internal RowLayout Layout => _layout;

    /// <summary>Place among the rows of the set's files.</summary>
    internal long Order => ((long)Source.FileIndex << 32) | (uint)Line;

    /// <summary>What the checks compare; computed now when the set was read without.</summary>
    internal RowFacts Facts => Source.Facts.Length > 0 ? Source.Facts[Index] : new RowReader().Facts(Canonical.Span, _layout);

    internal ReadOnlySpan<uint> Bands => Source.Bands.AsSpan(Index * MinHash.Bands, MinHash.Bands);

    /// <summary>Canonical JSON of the messages; of a pair those before the answers.</summary>
    public ReadOnlyMemory<byte> CanonicalMessages => Canonical[_layout.Messages];

    /// <summary>Canonical JSON of a pair's preferred answer, a list of messages.</summary>
    public ReadOnlyMemory<byte> CanonicalChosen => Canonical[_layout.Chosen];

    /// <summary>Canonical JSON of a pair's other answer.</summary>
    public ReadOnlyMemory<byte> CanonicalRejected => Canonical[_layout.Rejected];

    /// <summary>Canonical text of all messages before the answer, without the list's end; equal for equal questions.</summary>
    public ReadOnlyMemory<byte> CanonicalPrompt
        => Shape == RowShape.Preference ? CanonicalMessages[..^1] : Canonical[_layout.Messages.Start.._layout.Answer];

    /// <summary>The conversation; of a pair the one with the preferred answer.</summary>
    public IReadOnlyList<PromptMessage> Messages => _messages ??= Shape == RowShape.Preference
        ? [.. ReadMessages(CanonicalMessages), .. ReadMessages(CanonicalChosen)]
        : ReadMessages(CanonicalMessages);

    /// <summary>Everything before the answer.</summary>
    public IReadOnlyList<PromptMessage> Prompt => Shape == RowShape.Preference ? ReadMessages(CanonicalMessages) : [.. Messages.Take(Messages.Count - 1)];

    /// <summary>The last assistant message: what is learned, or compared with.</summary>
    public string Answer => Messages[^1].Content;

    /// <summary>The last user message; empty when there is none.</summary>
    public string LastUserMessage => Messages.LastOrDefault(m => m.Role == "user")?.Content ?? "";

    /// <summary>Other top-level properties (<c>tools</c>, <c>slice</c>…): name and canonical JSON, in name order.</summary>
    public IReadOnlyDictionary<string, string> Fields()
    {
        var fields = new SortedDictionary<string, string>(StringComparer.Ordinal);
        string[] own = Shape == RowShape.Preference ? ["prompt", "chosen", "rejected"] : ["messages"];
        foreach (JsonMember member in JsonTree.Parse(Canonical).Root.Members().Where(m => !own.Contains(m.Name)))
        {
            JsonItem value = member.Value;
            // The row is canonical, so the value's text is too.
            fields.Add(member.Name, Encoding.UTF8.GetString(value.Kind == JsonKind.String ? [(byte)'"', .. value.Raw, (byte)'"'] : value.Raw));
        }

        return fields;
    }

    private static List<PromptMessage> ReadMessages(ReadOnlyMemory<byte> list)
    {
        var messages = new List<PromptMessage>();
        foreach (JsonItem message in JsonTree.Parse(list).Root.Items())
        {
            _ = message.TryGet("role", out JsonItem role);
            _ = message.TryGet("content", out JsonItem content);
            messages.Add(new PromptMessage(role.GetString(), content.GetString()));
        }

        return messages;
    }
}
