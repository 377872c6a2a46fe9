using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Core.Data;

/// <summary>What the row that is being read says, whatever shape it was written in. Every problem is reported; false means that there was one.</summary>
internal sealed class RowContent(Func<int, SourceLocation> at, Func<Diagnostic, bool> add)
{
    public bool IsPair { get; private set; }

    /// <summary>All messages of a conversation; of a pair those before the answers.</summary>
    public List<MessagePart> Messages { get; } = [];

    public List<MessagePart> Chosen { get; } = [];

    public List<MessagePart> Rejected { get; } = [];

    /// <summary>The <c>input</c> of a pair in OpenAI's shape.</summary>
    public JsonItem? Input { get; private set; }

    public bool Read(JsonItem root)
    {
        Messages.Clear();
        Chosen.Clear();
        Rejected.Clear();
        var row = new RowMembers(root);
        IsPair = row.IsPair;
        Input = row.HasOutputs ? row.Input : null;
        if (IsAmbiguous(row) is { } other)
        {
            return add(DataErrors.AmbiguousRow(at(other.Offset), IsPair));
        }

        return IsPair ? ReadPair(root, row) && CheckPair(root) : ReadConversation(root, row) && MessageRules.Check(Messages, at, add);
    }

    // The value that belongs to another shape.
    private static JsonItem? IsAmbiguous(in RowMembers row) => row switch
    {
        { IsPair: false, Messages: not null } => row.Prompt ?? row.Completion,
        { IsPair: true, HasOutputs: true } => row.Messages ?? row.Completion ?? row.Prompt ?? row.Chosen ?? row.Rejected,
        { IsPair: true } => row.Messages ?? row.Completion,
        _ => null,
    };

    private bool ReadConversation(JsonItem root, in RowMembers row)
    {
        if (row.Messages is { } messages)
        {
            return messages.Kind != JsonKind.Array || messages.Count == 0
                ? add(DataErrors.NoMessages(at(messages.Offset), messages.Kind == JsonKind.Array ? "'messages' is empty" : "'messages' is not a list"))
                : ReadList(messages, Messages);
        }

        return row is { Prompt: { } prompt, Completion: { } completion }
            ? ReadSide(prompt, "user", Messages) & ReadSide(completion, "assistant", Messages)
                && (Messages.Count > 0 || add(DataErrors.NoMessages(at(root.Offset), "'prompt' and 'completion' are empty")))
            : add(DataErrors.NoMessages(at(root.Offset), row.Prompt is not null ? "'completion' is missing" : row.Completion is not null ? "'prompt' is missing" : "no 'messages'"));
    }

    private bool ReadPair(JsonItem root, in RowMembers row)
    {
        if (row.HasOutputs)
        {
            return row is { Input: { Kind: JsonKind.Object } input, Preferred: { } preferred, NonPreferred: { } other }
                ? input.TryGet("messages", out JsonItem messages) && messages.Kind == JsonKind.Array
                    ? ReadList(messages, Messages) & ReadSide(preferred, "assistant", Chosen) & ReadSide(other, "assistant", Rejected)
                    : Incomplete(input, "'input' has no list 'messages'")
                : Incomplete(root, row.Input is not { Kind: JsonKind.Object } ? "'input' is missing or no object"
                    : row.Preferred is null ? "'preferred_output' is missing" : "'non_preferred_output' is missing");
        }

        if (row is not { Chosen: { } chosen, Rejected: { } rejected })
        {
            return Incomplete(root, row.Chosen is null ? "'chosen' is missing" : "'rejected' is missing");
        }

        if (!(ReadSide(chosen, "assistant", Chosen) & ReadSide(rejected, "assistant", Rejected)))
        {
            return false;
        }

        // Text beside whole conversations repeats their question; then the conversations say what the prompt is.
        bool whole = Chosen is [{ Role: not "assistant" }, ..] && Rejected is [{ Role: not "assistant" }, ..];
        return row.Prompt is { } prompt
            ? prompt.Kind == JsonKind.String && whole ? TakePrompt(root) && Repeats(prompt) : ReadSide(prompt, "user", Messages)
            : whole ? TakePrompt(root) : Incomplete(root, "'prompt' is missing, and the answers are no whole conversations that begin alike");
    }

    // Without a prompt of its own, what both conversations begin with is the prompt.
    private bool TakePrompt(JsonItem root)
    {
        int common = 0;
        while (common < Math.Min(Chosen.Count, Rejected.Count) && Same(Chosen[common], Rejected[common]))
        {
            common++;
        }

        if (common == 0)
        {
            return Incomplete(root, "'chosen' and 'rejected' have no beginning in common, so they answer no same prompt");
        }

        if (common == Chosen.Count && common == Rejected.Count)
        {
            return add(DataErrors.SameAnswers(at(Rejected[^1].Offset)));
        }

        Messages.AddRange(Chosen[..common]);
        Chosen.RemoveRange(0, common);
        Rejected.RemoveRange(0, common);
        return true;
    }

    private bool Repeats(JsonItem prompt)
    {
        foreach (MessagePart message in Messages)
        {
            if (message.Role == "user" && message.Content.Utf8.SequenceEqual(prompt.Utf8))
            {
                return true;
            }
        }

        return Incomplete(prompt, "'prompt' is none of the user's messages with which 'chosen' and 'rejected' begin");
    }

    private bool CheckPair(JsonItem root)
    {
        if (Messages.Count == 0 || Chosen.Count == 0 || Rejected.Count == 0)
        {
            return Incomplete(root, Messages.Count == 0 ? "there is no prompt" : $"'{(Chosen.Count == 0 ? "chosen" : "rejected")}' has no answer");
        }

        foreach (MessagePart first in (ReadOnlySpan<MessagePart>)[Chosen[0], Rejected[0]])
        {
            if (first.Role != "assistant")
            {
                return add(DataErrors.WrongOrder(at(first.Offset), $"an answer begins with a message of '{first.Role}'"));
            }
        }

        if (Chosen.Count == Rejected.Count && !Chosen.Where((message, i) => !Same(message, Rejected[i])).Any())
        {
            return add(DataErrors.SameAnswers(at(Rejected[0].Offset)));
        }

        // The second look would find the prompt's problems again.
        return MessageRules.Check([.. Messages, .. Chosen], at, add) && MessageRules.Check([.. Messages, .. Rejected], at, add);
    }

    private static bool Same(MessagePart left, MessagePart right) => left.Role == right.Role && left.Content.Utf8.SequenceEqual(right.Content.Utf8);

    private bool Incomplete(JsonItem item, string detail) => add(DataErrors.IncompletePair(at(item.Offset), detail));

    private bool ReadSide(JsonItem side, string role, List<MessagePart> target)
    {
        switch (side.Kind)
        {
            case JsonKind.String:
                target.Add(new MessagePart(role, side, side.Offset));
                return MessageRules.CheckText(side, at, add);
            case JsonKind.Array:
                return ReadList(side, target);
            default:
                return add(DataErrors.UnsupportedContent(at(side.Offset), $"a JSON {side.Kind.ToString().ToLowerInvariant()}"));
        }
    }

    private bool ReadList(JsonItem list, List<MessagePart> target)
    {
        bool good = true;
        int index = list.Index + 1;
        for (int i = 0; i < list.Count; i++, index = list.Tree[index].Next)
        {
            if (MessageRules.Read(new JsonItem(list.Tree, index), at, add) is { } part)
            {
                target.Add(part);
            }
            else
            {
                good = false;
            }
        }

        return good;
    }
}
