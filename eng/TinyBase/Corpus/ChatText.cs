using System.Text;

namespace TinyBase.Corpus;

/// <summary>The model's chat format, written out; <c>chat_template</c> in tokenizer_config.json renders the same.</summary>
internal static class ChatText
{
    public const string EndOfText = "<|endoftext|>";
    public const string TurnStart = "<|im_start|>";
    public const string TurnEnd = "<|im_end|>";

    /// <summary>Jinja template of the format.</summary>
    public const string Template =
        "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}{% endfor %}" +
        "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

    public static string Render(Document document) => document.Text is { } text
        ? text + EndOfText
        : string.Concat(Pieces(document).Select(p => p.Text));

    /// <summary>Runs of text and whether they are learnt: an answer with its end-of-turn token, or everything of plain text.</summary>
    public static IEnumerable<(string Text, bool Learnt)> Pieces(Document document)
    {
        if (document.Text is { } text)
        {
            yield return (text + EndOfText, true);
            yield break;
        }

        foreach (var turn in document.Turns)
        {
            bool answer = turn.Role == "assistant";
            yield return ($"{TurnStart}{turn.Role}\n", false);
            yield return (turn.Content + TurnEnd, answer);
            yield return ("\n", false);
        }
    }

    /// <summary>The text ahead of the last answer.</summary>
    public static string Prompt(Document document)
    {
        var text = new StringBuilder();
        foreach (var turn in document.Turns.Take(document.Turns.Count - 1))
            text.Append(TurnStart).Append(turn.Role).Append('\n').Append(turn.Content).Append(TurnEnd).Append('\n');
        return text.Append(TurnStart).Append("assistant\n").ToString();
    }
}
