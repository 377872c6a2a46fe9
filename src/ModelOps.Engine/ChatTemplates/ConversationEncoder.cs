using ModelOps.Engine.Tokenization;
using ModelOps.Engine.Training;

namespace ModelOps.Engine.ChatTemplates;

/// <summary>
/// Turns a conversation into tokens and marks the assistant's: each answer with the token that ends its turn, or the model never stops.
/// What comes before an answer is encoded on its own, exactly as it is when the model generates, so training and use see the same tokens.
/// </summary>
/// <param name="stopTokenIds">Tokens that end a turn.</param>
public sealed class ConversationEncoder(ChatTemplate template, Tokenizer tokenizer, IReadOnlyList<int> stopTokenIds)
{
    /// <exception cref="ChatTemplateException">The template refuses the conversation.</exception>
    /// <exception cref="MaskException">The template does not show where an answer begins or ends.</exception>
    public TrainingExample Encode(ChatConversation conversation)
    {
        string[] roles = [.. conversation.Messages.EnumerateArray().Select(m => m.GetProperty("role").GetString() ?? "")];
        string full = template.Render(conversation).Text;
        var tokens = new List<int>();
        var scored = new List<bool>();
        int done = 0;
        foreach ((int start, int end) in template.HasGeneration ? Marked(conversation) : Incremental(conversation, roles, full))
        {
            Add(full[done..start], _ => false);
            int answer = tokens.Count;
            Add(full[start..end], _ => true);
            EndOfTurn(tokens, scored, answer);
            done = end;
        }

        Add(full[done..], _ => false);
        return new TrainingExample([.. tokens], [.. scored]);

        void Add(string text, Func<int, bool> isScored)
        {
            foreach (int id in text.Length == 0 ? [] : tokenizer.Encode(text, addSpecialTokens: false))
            {
                tokens.Add(id);
                scored.Add(isScored(id));
            }
        }
    }

    /// <summary>What follows the end of the turn, such as a line break, is the template's and not the model's.</summary>
    private void EndOfTurn(List<int> tokens, List<bool> scored, int answer)
    {
        int end = tokens.FindIndex(answer, id => stopTokenIds.Contains(id));
        if (end < 0)
        {
            throw new MaskException("no end-of-turn token follows an answer, so a model trained on it would never stop; the template must close the assistant's turn with a token that generation_config.json names as eos_token_id");
        }

        for (int i = end + 1; i < scored.Count; i++)
        {
            scored[i] = false;
        }
    }

    /// <summary>The parts inside <c>{% generation %}</c>.</summary>
    private IReadOnlyList<(int Start, int End)> Marked(ChatConversation conversation)
        => template.Render(conversation).Generations is { Count: > 0 } parts ? parts
            : throw new MaskException("the template marks no part of this conversation with {% generation %}");

    /// <summary>An answer lies between the conversation before it with the generation prompt, and the conversation with it.</summary>
    private IEnumerable<(int Start, int End)> Incremental(ChatConversation conversation, string[] roles, string full)
    {
        for (int i = 0; i < roles.Length; i++)
        {
            if (roles[i] != "assistant")
            {
                continue;
            }

            string before = template.Render(conversation.Take(i), addGenerationPrompt: true).Text;
            string with = i == roles.Length - 1 ? full : template.Render(conversation.Take(i + 1)).Text;
            if (!with.StartsWith(before, StringComparison.Ordinal) || !full.StartsWith(with, StringComparison.Ordinal))
            {
                throw new MaskException($"the template renders message {i + 1} differently once more follows, so it cannot be shown which tokens are the assistant's; mark them with {{% generation %}} in the template");
            }

            yield return (before.Length, with.Length);
        }
    }
}
