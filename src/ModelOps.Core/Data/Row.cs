using System.Text;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Protocol;

namespace ModelOps.Core.Data;

/// <summary>
/// One example in canonical form: <c>{"messages":[{"content":…,"role":…},…]}</c> and whatever else the row says, names sorted at the
/// top level, nested values with their keys as written. <c>prompt</c>/<c>completion</c> rows become messages.
/// </summary>
public sealed class Row
{
    private readonly int _messagesStart;
    private readonly int _messagesLength;
    private readonly int _answerStart;
    private IReadOnlyList<PromptMessage>? _messages;

    internal Row(Digest id, ReadOnlyMemory<byte> canonical, int messagesStart, int messagesLength, int answerStart, SourceLocation location)
    {
        Id = id;
        Canonical = canonical;
        _messagesStart = messagesStart;
        _messagesLength = messagesLength;
        _answerStart = answerStart;
        Location = location;
    }

    /// <summary>SHA-256 of <see cref="Canonical"/>.</summary>
    public Digest Id { get; }

    public ReadOnlyMemory<byte> Canonical { get; }

    /// <summary>The file as it was given, and the line.</summary>
    public SourceLocation Location { get; }

    /// <summary>Canonical JSON of the messages.</summary>
    public ReadOnlyMemory<byte> CanonicalMessages => Canonical.Slice(_messagesStart, _messagesLength);

    /// <summary>Canonical text of all messages but the last; equal for equal questions.</summary>
    public ReadOnlyMemory<byte> CanonicalPrompt => Canonical[_messagesStart.._answerStart];

    public IReadOnlyList<PromptMessage> Messages => _messages ??= ReadMessages();

    /// <summary>Everything before the answer.</summary>
    public IReadOnlyList<PromptMessage> Prompt => [.. Messages.Take(Messages.Count - 1)];

    /// <summary>The last assistant message: what is learned, or compared with.</summary>
    public string Answer => Messages[^1].Content;

    /// <summary>The last user message; empty when there is none.</summary>
    public string LastUserMessage => Messages.LastOrDefault(m => m.Role == "user")?.Content ?? "";

    /// <summary>Other top-level properties (<c>tools</c>, <c>slice</c>…): name and canonical JSON, in name order.</summary>
    public IReadOnlyDictionary<string, string> Fields()
    {
        var fields = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (JsonMember member in JsonTree.Parse(Canonical).Root.Members().Where(m => m.Name != "messages"))
        {
            JsonItem value = member.Value;
            // The row is canonical, so the value's text is too.
            fields.Add(member.Name, Encoding.UTF8.GetString(value.Kind == JsonKind.String ? [(byte)'"', .. value.Raw, (byte)'"'] : value.Raw));
        }

        return fields;
    }

    private List<PromptMessage> ReadMessages()
    {
        var messages = new List<PromptMessage>();
        foreach (JsonItem message in JsonTree.Parse(CanonicalMessages).Root.Items())
        {
            _ = message.TryGet("role", out JsonItem role);
            _ = message.TryGet("content", out JsonItem content);
            messages.Add(new PromptMessage(role.GetString(), content.GetString()));
        }

        return messages;
    }
}
