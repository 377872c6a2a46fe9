using System.Text.Json;

namespace ModelOps.Engine.Tokenization;

/// <summary>Reads <c>tokenizer.json</c> and refuses by name what the engine does not have.</summary>
internal static class TokenizerReader
{
    public static TokenizerParts Read(string path)
    {
        if (!File.Exists(path))
            throw new TokenizerException(path, "there is no such file");
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            return Read(new JsonComponent(path, "", document.RootElement));
        }
        catch (JsonException e)
        {
            throw new TokenizerException(path, $"the tokenizer is not JSON: {e.Message}", e);
        }
        catch (Exception e) when (e is InvalidOperationException or FormatException)
        {
            throw new TokenizerException(path, $"a value has another type than expected: {e.Message}", e);
        }
    }

    private static TokenizerParts Read(JsonComponent root)
    {
        var model = root.Required("model");
        var vocabulary = ReadVocabulary(model);
        var normalizer = root.Optional("normalizer") is { } n ? Normalizer.Read(n) : null;
        var preTokenizers = PreTokenizer.Read(root.Optional("pre_tokenizer"), out bool byteLevel);
        var options = ReadOptions(model, vocabulary, byteLevel);
        var added = ReadAddedTokens(root, vocabulary);
        return new TokenizerParts(
            added,
            new AddedTokenFinder(added.Where(t => !t.Normalized).Select(t => (t.Content, t))),
            normalizer,
            new AddedTokenFinder(added.Where(t => t.Normalized).Select(t => (normalizer?.Normalize(t.Content) ?? t.Content, t))),
            preTokenizers,
            new BytePairModel(vocabulary, ReadMerges(model, vocabulary), options),
            root.Optional("post_processor") is { } p ? PostProcessor.Read(p) : PostProcessor.None,
            root.Optional("decoder") is { } d ? TokenDecoder.Read(d) : null,
            vocabulary,
            options.ByteFallback,
            EncodesPartsAlike: (normalizer?.Normalize("a") ?? "a") == "a" && PutNothingBefore(preTokenizers));
    }

    private static bool PutNothingBefore(IReadOnlyList<PreTokenizer> steps)
    {
        List<TextPart> parts = [new TextPart("a", 0, 1, AtTextStart: true)];
        foreach (var step in steps)
        {
            var next = new List<TextPart>();
            parts.ForEach(p => step.Split(p, next));
            parts = next;
        }

        return parts is [{ Span: "a" }];
    }

    private static Dictionary<string, int> ReadVocabulary(JsonComponent model)
    {
        // Old files have no type; a vocabulary and merges make it BPE.
        if (model.OptionalText("type") is { } type && type != "BPE")
            throw model.Unsupported("model");
        var vocabulary = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var entry in model.Required("vocab").Element.EnumerateObject())
        {
            if (!vocabulary.TryAdd(entry.Name, entry.Value.GetInt32()))
                throw model.Refuse($"the vocabulary names '{entry.Name}' twice");
        }

        if (vocabulary.Values.Any(id => id < 0) || vocabulary.Values.Distinct().Count() != vocabulary.Count)
            throw model.Refuse("two tokens of the vocabulary share one id, or one has a negative id");
        return vocabulary;
    }

    private static BytePairOptions ReadOptions(JsonComponent model, Dictionary<string, int> vocabulary, bool byteLevel)
    {
        foreach (string name in new[] { "continuing_subword_prefix", "end_of_word_suffix" })
        {
            if (!string.IsNullOrEmpty(model.OptionalText(name)))
                throw model.Refuse($"'{name}' is not supported");
        }

        if (model.Optional("dropout") is { } dropout && dropout.Element.GetDouble() != 0)
            throw dropout.Refuse("dropout makes tokens random and is not supported");
        string? unknown = model.OptionalText("unk_token");
        if (unknown != null && !vocabulary.ContainsKey(unknown))
            throw model.Refuse($"the unk_token '{unknown}' is not in the vocabulary");
        bool fallback = model.Flag("byte_fallback", false);
        if (byteLevel && fallback)
            throw model.Refuse("byte_fallback together with a ByteLevel pre-tokenizer is not supported");
        return new BytePairOptions(
            byteLevel, model.Flag("ignore_merges", false), fallback, model.Flag("fuse_unk", false), unknown == null ? -1 : vocabulary[unknown]);
    }

    private static Dictionary<long, (int Rank, int Id)> ReadMerges(JsonComponent model, Dictionary<string, int> vocabulary)
    {
        var merges = new Dictionary<long, (int, int)>();
        int rank = 0;
        foreach (var merge in model.Required("merges").Element.EnumerateArray())
        {
            string[] pair = merge.ValueKind == JsonValueKind.Array
                ? [.. merge.EnumerateArray().Select(e => e.GetString()!)]
                : merge.GetString()!.Split(' ');
            if (pair.Length != 2)
                throw model.Refuse($"merge {rank} is not a pair: {merge.GetRawText()}");
            merges[BytePairModel.Pair(Id(pair[0]), Id(pair[1]))] = (rank++, Id(pair[0] + pair[1]));
        }

        return merges;

        int Id(string token) =>
            vocabulary.TryGetValue(token, out int id) ? id : throw model.Refuse($"merge {rank} needs '{token}', which the vocabulary lacks");
    }

    private static List<AddedToken> ReadAddedTokens(JsonComponent root, Dictionary<string, int> vocabulary)
    {
        var added = new List<AddedToken>();
        if (root.Optional("added_tokens") == null)
            return added;
        var tokenOfId = vocabulary.ToDictionary(p => p.Value, p => p.Key);
        foreach (var json in root.List("added_tokens"))
        {
            bool special = json.Flag("special", false);
            var token = new AddedToken(
                json.Number("id"), json.Text("content"), json.Flag("single_word", false), json.Flag("lstrip", false),
                json.Flag("rstrip", false), json.Flag("normalized", !special), special);
            if (vocabulary.TryGetValue(token.Content, out int id) ? id != token.Id : tokenOfId.ContainsKey(token.Id))
                throw json.Refuse($"the added token '{token.Content}' has id {token.Id}, with which the vocabulary disagrees");
            added.Add(token);
        }

        return added;
    }
}
