using System.Text.Json;
using ModelOps.Engine.Tokenization;

namespace ModelOps.Engine.ChatTemplates;

/// <summary>
/// Turns conversations into tokens with a model's own template, and says which tokens the assistant wrote. The part of an answer is
/// what the template marks with <c>{% generation %}</c>; without such marks it begins where the prompt for it ends and ends where the
/// conversation up to it ends, and both are proved to be beginnings of the whole. Safe for several threads.
/// </summary>
public sealed class ConversationRenderer
{
    // Any text that no template treats specially; compared with the real answer it shows what stands behind an answer.
    private const string ProbeAnswer = "probe-7f3a";
    private readonly Lazy<int?> _endOfTurn;

    public ConversationRenderer(ChatTemplate template, Tokenizer tokenizer)
    {
        Template = template;
        Tokenizer = tokenizer;
        _endOfTurn = new Lazy<int?>(FindEndOfTurn);
    }

    public ChatTemplate Template { get; }

    public Tokenizer Tokenizer { get; }

    /// <summary>The token with which the template ends an assistant's turn, at which generation stops; null where no conversation shows it.</summary>
    public int? EndOfTurnToken => _endOfTurn.Value;

    /// <summary>Template and tokenizer of a model folder.</summary>
    public static ConversationRenderer Load(string folder) => new(ChatTemplate.Load(folder), Tokenizer.Load(folder));

    /// <summary>The tokens after which the assistant's next answer begins.</summary>
    public int[] RenderPrompt(ChatConversation conversation) =>
        Tokenizer.Encode(Template.Render(conversation, addGenerationPrompt: true).Text, addSpecialTokens: false);

    /// <param name="firstAnswer">Messages before this one are a prompt: what the assistant says in them is not marked.</param>
    /// <exception cref="ChatTemplateException">The template fails on the conversation.</exception>
    /// <exception cref="UnprovableMaskException">It is not certain which tokens are the assistant's.</exception>
    public RenderedConversation Render(ChatConversation conversation, int firstAnswer = 0)
    {
        var whole = Template.Render(conversation);
        var parts = Template.HasGeneration ? MarkedParts(conversation, whole) : ProvedParts(conversation, whole.Text);
        if (firstAnswer > 0)
            parts = BehindPrompt(conversation, whole.Text, parts, firstAnswer);
        foreach (var (message, start, end) in parts)
            CheckEndOfTurn(message, whole.Text, start, end);
        int[] tokens = Tokenizer.Encode(whole.Text, addSpecialTokens: false);
        if (TokenEnds(whole.Text, tokens, parts) is { } ends)
            return new RenderedConversation(whole.Text, tokens, Mask(tokens.Length, ends));
        return RenderInParts(whole.Text, parts);
    }

    private List<(int Message, int Start, int End)> BehindPrompt(
        ChatConversation conversation, string whole, List<(int Message, int Start, int End)> parts, int firstAnswer)
    {
        string prompt = Template.Render(conversation.Take(firstAnswer), addGenerationPrompt: true).Text;
        return whole.StartsWith(prompt, StringComparison.Ordinal)
            ? parts.FindAll(part => part.End > prompt.Length)
            : throw Unprovable(firstAnswer, "the prompt for the answer is not how the rendered conversation begins");
    }

    private static bool[] Mask(int length, List<(int Start, int End)> parts)
    {
        var mask = new bool[length];
        foreach (var (start, end) in parts)
            mask.AsSpan(start, end - start).Fill(true);
        return mask;
    }

    private static IEnumerable<int> AssistantMessages(ChatConversation conversation) =>
        conversation.Messages.EnumerateArray()
            .Select((m, i) => (Index: i, Role: m.ValueKind == JsonValueKind.Object && m.TryGetProperty("role", out var role) ? role.ToString() : null))
            .Where(m => m.Role == "assistant").Select(m => m.Index);

    private List<(int Message, int Start, int End)> MarkedParts(ChatConversation conversation, RenderedText whole)
    {
        int first = AssistantMessages(conversation).FirstOrDefault(-1);
        if (first >= 0 && whole.Generations.Count == 0)
            throw Unprovable(first, "the template has {% generation %}, but marks nothing of this conversation with it");
        return [.. whole.Generations.Select(g => (first, g.Start, g.End))];
    }

    private List<(int Message, int Start, int End)> ProvedParts(ChatConversation conversation, string whole)
    {
        var parts = new List<(int, int, int)>();
        int done = 0;
        foreach (int message in AssistantMessages(conversation))
        {
            string prompt = Template.Render(conversation.Take(message), addGenerationPrompt: true).Text;
            if (!whole.StartsWith(prompt, StringComparison.Ordinal))
                throw Unprovable(message, "the prompt for the answer is not how the rendered conversation begins");
            if (prompt.Length < done)
                throw Unprovable(message, "the prompt for the answer is shorter than what stands before it");
            int end = ProvedEnd(conversation, whole, message, prompt.Length);
            parts.Add((message, prompt.Length, end));
            done = end;
        }

        return parts;
    }

    /// <summary>Where the assistant's turn ends, its closing token included and the white space behind that left out.</summary>
    private int ProvedEnd(ChatConversation conversation, string whole, int message, int start)
    {
        bool isLast = message == conversation.Messages.GetArrayLength() - 1;
        string upTo = isLast ? whole : Template.Render(conversation.Take(message + 1)).Text;
        if (whole.StartsWith(upTo, StringComparison.Ordinal))
        {
            int closing = EndOfLastAddedToken(whole, start, upTo.Length);
            return closing >= 0 && string.IsNullOrWhiteSpace(whole[closing..upTo.Length]) ? closing : upTo.Length;
        }

        // A template may close the last turn in a way of its own. What the whole lacks must then lie behind the answer, where it does
        // not depend on what the answer says.
        int common = upTo.AsSpan().CommonPrefixLength(whole);
        string probe = Template.Render(WithAnswer(conversation.Take(message + 1), message)).Text;
        int constant = CommonSuffixLength(upTo, probe);
        int end = EndOfLastAddedToken(whole, start, common);
        if (end < 0 || upTo.Length - end > constant)
            throw Unprovable(message, "the template renders the answer differently once other messages follow it");
        return end;
    }

    private void CheckEndOfTurn(int message, string text, int start, int end)
    {
        int closing = EndOfLastAddedToken(text, start, end);
        if (closing < 0 || !string.IsNullOrWhiteSpace(text[closing..end]))
            throw Unprovable(message, "no token of its own ends the assistant's turn inside the learnt part, so a model trained on it would never stop");
    }

    private int EndOfLastAddedToken(string text, int start, int end)
    {
        int last = -1;
        foreach (var token in Tokenizer.AddedTokens)
        {
            int at = text.AsSpan(start, end - start).LastIndexOf(token.Content, StringComparison.Ordinal);
            if (at >= 0)
                last = Math.Max(last, start + at + token.Content.Length);
        }

        return last;
    }

    private static int CommonSuffixLength(string left, string right)
    {
        int length = 0;
        while (length < Math.Min(left.Length, right.Length) && left[^(length + 1)] == right[^(length + 1)])
            length++;
        return length;
    }

    private static ChatConversation WithAnswer(ChatConversation conversation, int message)
    {
        var messages = conversation.Messages.EnumerateArray().Select((m, i) => i != message
            ? m
            : JsonSerializer.SerializeToElement(new Dictionary<string, string> { ["role"] = "assistant", ["content"] = ProbeAnswer }));
        return conversation with { Messages = JsonSerializer.SerializeToElement(messages) };
    }

    /// <summary>The parts in tokens; null where a token reaches across one of their ends.</summary>
    private List<(int Start, int End)>? TokenEnds(string text, int[] tokens, List<(int Message, int Start, int End)> parts)
    {
        var ends = new List<(int, int)>();
        foreach (var (_, start, end) in parts)
        {
            int from = TokensBefore(text, tokens, start), to = TokensBefore(text, tokens, end);
            if (from < 0 || to < 0)
                return null;
            ends.Add((from, to));
        }

        return ends;
    }

    private int TokensBefore(string text, int[] tokens, int at)
    {
        if (at == text.Length)
            return tokens.Length;
        int[] before = Tokenizer.Encode(text[..at], addSpecialTokens: false);
        return tokens.AsSpan().StartsWith(before) ? before.Length : -1;
    }

    // A token would reach from the prompt into the answer. A model that generates sees the prompt's own tokens, so training must too.
    private RenderedConversation RenderInParts(string text, List<(int Message, int Start, int End)> parts)
    {
        if (!Tokenizer.EncodesPartsAlike)
            throw Unprovable(parts[0].Message, "a token reaches across the border between prompt and answer, and this tokenizer cannot encode the two apart");
        var tokens = new List<int>();
        var mask = new List<bool>();
        int done = 0;
        foreach (var (_, start, end) in parts)
        {
            Append(text[done..start], isAssistant: false);
            Append(text[start..end], isAssistant: true);
            done = end;
        }

        Append(text[done..], isAssistant: false);
        return new RenderedConversation(text, [.. tokens], [.. mask]);

        void Append(string part, bool isAssistant)
        {
            int[] ids = Tokenizer.Encode(part, addSpecialTokens: false);
            tokens.AddRange(ids);
            mask.AddRange(Enumerable.Repeat(isAssistant, ids.Length));
        }
    }

    private int? FindEndOfTurn()
    {
        try
        {
            var rendered = Render(ChatConversation.FromMessages(("user", "a"), ("assistant", ProbeAnswer)));
            int last = Array.FindLastIndex(rendered.IsAssistant, m => m);
            // A marked part may end in white space behind the closing token.
            while (last > 0 && rendered.IsAssistant[last - 1] && string.IsNullOrWhiteSpace(Tokenizer.Decode([rendered.Tokens[last]])))
                last--;
            return last >= 0 && Tokenizer.AddedTokens.Any(t => t.Id == rendered.Tokens[last]) ? rendered.Tokens[last] : null;
        }
        catch (ModelFileException)
        {
            // The template needs other messages than these two; it then says nothing about its closing token here.
            return null;
        }
    }

    private UnprovableMaskException Unprovable(int message, string reason) => new(Template.File, message, reason);
}
