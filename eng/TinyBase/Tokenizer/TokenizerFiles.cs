using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using TinyBase.Corpus;
using TinyBase.Training;

namespace TinyBase.Tokenizer;

/// <summary>Writes the tokenizer's files in Hugging Face layout.</summary>
internal static class TokenizerFiles
{
    public static readonly string[] Specials = [ChatText.EndOfText, ChatText.TurnStart, ChatText.TurnEnd];

    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonSerializerOptions s_compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static int EndOfTextId => 0;

    public static int TurnEndId => 2;

    public static void Write(string folder, BpeVocabulary vocabulary)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "tokenizer.json"), TokenizerJson(vocabulary).ToJsonString(s_compact) + "\n");
        Save(folder, "tokenizer_config.json", new JsonObject
        {
            ["add_bos_token"] = false, ["add_prefix_space"] = false, ["bos_token"] = null, ["chat_template"] = ChatText.Template,
            ["clean_up_tokenization_spaces"] = false, ["eos_token"] = ChatText.TurnEnd, ["model_max_length"] = Recipe.ContextLength,
            ["pad_token"] = ChatText.EndOfText, ["tokenizer_class"] = "PreTrainedTokenizerFast", ["unk_token"] = null,
        });
        Save(folder, "special_tokens_map.json", new JsonObject
        {
            ["additional_special_tokens"] = new JsonArray(ChatText.TurnStart), ["eos_token"] = ChatText.TurnEnd, ["pad_token"] = ChatText.EndOfText,
        });
        Save(folder, "generation_config.json", new JsonObject
        {
            ["do_sample"] = false, ["eos_token_id"] = new JsonArray(TurnEndId, EndOfTextId), ["max_new_tokens"] = 128, ["pad_token_id"] = EndOfTextId,
        });
    }

    private static void Save(string folder, string name, JsonObject content) =>
        File.WriteAllText(Path.Combine(folder, name), content.ToJsonString(s_indented) + "\n");

    private static JsonObject TokenizerJson(BpeVocabulary vocabulary)
    {
        var vocab = new JsonObject();
        for (int i = 0; i < Specials.Length; i++)
            vocab[Specials[i]] = i;
        for (int i = 0; i < vocabulary.Tokens.Count; i++)
            vocab[vocabulary.Tokens[i]] = Specials.Length + i;
        return new JsonObject
        {
            ["version"] = "1.0", ["truncation"] = null, ["padding"] = null,
            ["added_tokens"] = new JsonArray(Specials.Select((s, i) => Added(s, i)).ToArray()),
            ["normalizer"] = null,
            ["pre_tokenizer"] = ByteLevel(),
            ["post_processor"] = ByteLevel(),
            ["decoder"] = ByteLevel(),
            ["model"] = new JsonObject
            {
                ["type"] = "BPE", ["dropout"] = null, ["unk_token"] = null, ["continuing_subword_prefix"] = null, ["end_of_word_suffix"] = null,
                ["fuse_unk"] = false, ["byte_fallback"] = false, ["ignore_merges"] = false, ["vocab"] = vocab,
                ["merges"] = new JsonArray(vocabulary.Merges.Select(m => (JsonNode)$"{m.Left} {m.Right}").ToArray()),
            },
        };
    }

    private static JsonObject ByteLevel() => new()
    {
        ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["trim_offsets"] = true, ["use_regex"] = true,
    };

    private static JsonNode Added(string content, int id) => new JsonObject
    {
        ["id"] = id, ["content"] = content, ["single_word"] = false, ["lstrip"] = false, ["rstrip"] = false, ["normalized"] = false, ["special"] = true,
    };
}
