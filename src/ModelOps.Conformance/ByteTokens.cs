using System.Text;
using System.Text.Json.Nodes;

namespace ModelOps.Conformance;

/// <summary>The tiny model's tokens: one for each byte, and three special ones; small enough to count on fingers, so that no tokenizer is needed to know what is right.</summary>
internal static class ByteTokens
{
    public const int EndOfText = 256, StartOfTurn = 257, EndOfTurn = 258;
    private const string Template =
        "{% for m in messages %}{{ '<|im_start|>' + m.role + '\\n' + m.content + '<|im_end|>\\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

    public static void Write(string folder)
    {
        var vocabulary = new JsonObject();
        string[] spellings = Spellings();
        for (int b = 0; b < spellings.Length; b++)
        {
            vocabulary[spellings[b]] = b;
        }

        JsonObject ByteLevel() => new() { ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["trim_offsets"] = true, ["use_regex"] = true };
        var json = new JsonObject
        {
            ["version"] = "1.0", ["truncation"] = null, ["padding"] = null,
            ["added_tokens"] = new JsonArray(Special(EndOfText, "<|endoftext|>"), Special(StartOfTurn, "<|im_start|>"), Special(EndOfTurn, "<|im_end|>")),
            ["normalizer"] = null, ["pre_tokenizer"] = ByteLevel(), ["post_processor"] = null, ["decoder"] = ByteLevel(),
            ["model"] = new JsonObject
            {
                ["type"] = "BPE", ["dropout"] = null, ["unk_token"] = null, ["continuing_subword_prefix"] = null, ["end_of_word_suffix"] = null, ["fuse_unk"] = false,
                ["byte_fallback"] = false, ["ignore_merges"] = false, ["vocab"] = vocabulary, ["merges"] = new JsonArray(),
            },
        };
        File.WriteAllText(Path.Combine(folder, "tokenizer.json"), json.ToJsonString());
        File.WriteAllText(Path.Combine(folder, "tokenizer_config.json"), new JsonObject { ["eos_token"] = "<|im_end|>", ["chat_template"] = Template }.ToJsonString());
    }

    public static int[] Of(string text) => [.. Encoding.UTF8.GetBytes(text).Select(b => (int)b)];

    /// <summary>Text of tokens without the special ones.</summary>
    public static string Text(IEnumerable<int> tokens) => Encoding.UTF8.GetString([.. tokens.Where(t => t < EndOfText).Select(t => (byte)t)]);

    /// <summary>Tokens of a conversation as the template renders it, and which of them are the assistant's: its words and the end of its turn.</summary>
    /// <param name="firstAnswer">Messages before this one are not scored, whoever says them.</param>
    public static (int[] Tokens, bool[] Scored) Render(IEnumerable<(string Role, string Content)> messages, int firstAnswer = 0)
    {
        var tokens = new List<int>();
        var scored = new List<bool>();
        void Add(IEnumerable<int> some, bool counts)
        {
            tokens.AddRange(some);
            scored.AddRange(Enumerable.Repeat(counts, tokens.Count - scored.Count));
        }

        int index = 0;
        foreach (var (role, content) in messages)
        {
            bool counts = role == "assistant" && index >= firstAnswer;
            index++;
            Add([StartOfTurn, .. Of(role + "\n")], false);
            Add([.. Of(content), EndOfTurn], counts);
            Add(Of("\n"), false);
        }

        return ([.. tokens], [.. scored]);
    }

    public static int[] Prompt(IEnumerable<(string Role, string Content)> messages) => [.. Render(messages).Tokens, StartOfTurn, .. Of("assistant\n")];

    private static JsonObject Special(int id, string content) => new()
    {
        ["id"] = id, ["content"] = content, ["single_word"] = false, ["lstrip"] = false, ["rstrip"] = false, ["normalized"] = false, ["special"] = true,
    };

    /// <summary>GPT-2's printable stand-ins of the bytes: those that are printable stand for themselves, the others follow from 256 on.</summary>
    public static string[] Spellings()
    {
        int next = 256;
        return [.. Enumerable.Range(0, 256).Select(b => ((char)(b is (>= 33 and <= 126) or (>= 161 and <= 172) or >= 174 ? b : next++)).ToString())];
    }
}
