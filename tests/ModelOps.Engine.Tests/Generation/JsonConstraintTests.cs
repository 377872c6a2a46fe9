using System.Text;
using System.Text.Json;
using ModelOps.Engine.Generation;
using ModelOps.Engine.Generation.Constraints;
using ModelOps.Engine.Models;
using ModelOps.Engine.Tests.Training;
using ModelOps.Engine.Tokenization;

namespace ModelOps.Engine.Tests.Generation;

public sealed class JsonConstraintTests
{
    /// <summary>Tokens that reach over the borders of JSON, of characters and of escapes.</summary>
    private static readonly string[] s_longer =
    [
        "{\"", "\":", "\": ", "\", \"", "\",\"", "\"}", "\"]", "},{", "}]", "]}", "[]", "{}", "[[", "]]", ", ", ": ", "\n  ", "\n    ", "true", "false", "null", "tr", "ue", "\\u", "\\ud83d\\u", "\\\"",
        "00", "10", "123", "-1", ".5", "e+", "1e", "ab", "abc\"", "kind", "\"kind\"", "name", "\"a\": \"", "é", "日本", "    ", "e\":", "\u0001", "}}}}",
    ];

    private static readonly Tokenizer s_tokenizer = TinyTokenizer.WithAllBytes(
        [.. s_longer.Select(Encoding.UTF8.GetBytes), [0xA9, 0x22], [0x9F, 0x98], [0x22, 0xF0], [0xE6, 0x97], [0xC3, 0xA9, 0xC3]], "<|end|>", "<|other|>");

    private static readonly int s_end = s_tokenizer.IdOf("<|end|>")!.Value;

    [Fact]
    public void Whatever_is_written_parses_and_validates()
    {
        int complete = 0, refused = 0, count = Soak.Count(quick: 400, full: 20_000);
        for (int seed = 0; seed < count; seed++)
        {
            string schema = new RandomSchema((ulong)seed).Next().ToJsonString();
            JsonConstraint constraint;
            try
            {
                constraint = JsonConstraint.Compile(schema, s_tokenizer, [s_end]);
            }
            catch (JsonSchemaException e) when (e.Reason.StartsWith("no document satisfies", StringComparison.Ordinal) || e.Reason.Contains("leads back to itself", StringComparison.Ordinal))
            {
                refused++; // a circle of references with nothing in it
                continue;
            }

            string text = Walk(constraint, (ulong)seed, out bool ended);
            Assert.True(ended, schema);
            AssertValid(text, schema);
            complete++;
        }

        Assert.True(complete > 0.9 * count, $"{complete} of {count}, {refused} refused");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void A_model_with_random_weights_writes_documents_alone_and_in_a_batch(double temperature)
    {
        const string schema = """
            {"type":"object","properties":{"label":{"enum":["billing","technical","a \"quoted\" one"]},"score":{"type":"number"},"tags":{"type":"array","items":{"type":"string","maxLength":6},"maxItems":3},
             "note":{"anyOf":[{"type":"null"},{"type":"string","maxLength":9}]}},"required":["label","tags"],"additionalProperties":false}
            """;
        using var model = TinyModels.Random(TinyModels.Config() with { VocabularySize = s_tokenizer.VocabularySize + 5, MaxPositions = 400 });
        using var generator = new Generator(model, threads: 2);
        var options = new GenerationOptions
        {
            MaxNewTokens = 300, Temperature = temperature, Seed = 9, Tokenizer = s_tokenizer, StopTokenIds = [s_end], MaxBatchRows = 5,
            Constraint = JsonConstraint.Compile(schema, s_tokenizer, [s_end]),
        };
        var prompts = TinyModels.Rows(12, 256).Select((r, i) => new GenerationPrompt(r.Tokens, (ulong)i)).ToList();
        var rows = generator.Generate(prompts, options);
        for (int i = 0; i < rows.Count; i++)
        {
            Assert.Equal(StopReason.Complete, rows[i].Reason);
            AssertValid(rows[i].Text!, schema);
            Assert.Equal(rows[i].Tokens, generator.Generate([prompts[i]], options)[0].Tokens);
        }

        Assert.True(rows.Select(r => r.Text).Distinct().Count() > 1);
        var cut = generator.Generate(prompts[..1], options with { MaxNewTokens = 4 })[0];
        Assert.Equal((StopReason.Length, 4), (cut.Reason, cut.Tokens.Count));
    }

    [Fact]
    public void An_answer_may_end_where_the_document_may_and_nowhere_else()
    {
        var constraint = JsonConstraint.Compile("""{"type":"integer"}""", s_tokenizer, [s_end]);
        Assert.False(constraint.Start.Accepts);
        var one = Read(constraint, "12");
        Assert.True(one.Accepts && !one.IsFinal);
        Assert.True(Read(constraint, "0").IsFinal);
        Assert.False(constraint.Following(one).Contains(s_end)); // the row adds it
        Assert.False(constraint.Following(one).Contains(s_tokenizer.IdOf("<|other|>")!.Value));
        Assert.True(Read(constraint, new string('9', 15)).IsFinal);
    }

    [Theory]
    [InlineData("""{"type":"string","minLength":1,"maxLength":2}""", "\"a\"|\"ab\"|\"é\"|\"\\n\"|\"😀b\"|\"\\ud83d\\ude00b\"|\"\\u00e9\"|\"\u007f\"", "\"\"|\"abc\"|\"\n\"|\"\\x\"|\"\\ud83d\"|\"\\ude00\"|\"\\ud83dab\"|a|'a'")]
    [InlineData("""{"type":"integer"}""", "0|-1|10|999999999999999", "-0|01|1.0|1e3|+1|1000000000000000|-")]
    [InlineData("""{"type":"number"}""", "0|-0|-0.5|1.5e+10|2E9|1e-99|10", "01|.5|1.|1e|1e100|NaN|- 1")]
    [InlineData("""{"type":"array","items":{"type":"null"},"minItems":1,"maxItems":2}""", "[null]|[null,null]|[ null , null ]|[\n  null\n]", "[]|[null,null,null]|[null,]|[,null]|[null  ]|[\r\nnull]")]
    [InlineData("""{"type":"array","items":{"type":"boolean"}}""", "[]|[ ]|[true]|[true,false,true]", "[true false]|[1]")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"null"},"b":{"type":"null"}},"required":["b"]}""", "{\"b\":null}|{\"a\": null, \"b\": null}|{ \"b\" : null }", "{}|{\"a\":null}|{\"b\":null,\"a\":null}|{\"b\":null,}|{\"b\":null,\"b\":null}|{\"c\":null}|{b:null}")]
    [InlineData("""{"type":"object","additionalProperties":false}""", "{}|{ }|{\n}", "{\"a\":1}")]
    [InlineData("""{"enum":["a","ab",1,null,{"x":[1,"é"]}]}""", "\"a\"|\"ab\"|1|null|{\"x\":[1,\"é\"]}", "\"abc\"|\"b\"|1.0|{\"x\": [1,\"é\"]}")]
    [InlineData("""{"type":["string","null"],"maxLength":1}""", "null|\"a\"", "\"ab\"|1")]
    [InlineData("""{"type":"object","properties":{"next":{"$ref":"#"}}}""", "{}|{\"next\":{}}|{\"next\":{\"next\":{}}}", "{\"next\":null}")]
    [InlineData("""{"type":"object","properties":{"a/b~":{"const":1}},"required":["a/b~"],"title":"t","description":"d","$schema":"s"}""", "{\"a/b~\":1}", "{}")]
    public void Documents_are_accepted_as_the_subset_says(string schema, string accepted, string refused)
    {
        var constraint = JsonConstraint.Compile(schema, s_tokenizer, [s_end]);
        foreach (string text in accepted.Split('|'))
        {
            Assert.True(Read(constraint, text).Accepts, text);
            AssertValid(text, schema);
        }

        Assert.All(refused.Split('|'), text => Assert.False(Read(constraint, text).Accepts, text));
    }

    [Fact]
    public void Any_object_is_any_object_and_nothing_else()
    {
        var constraint = JsonConstraint.AnyObject(s_tokenizer, [s_end]);
        string[] good = ["{}", "{ }", "{\"a\":1}", "{\"\": [], \"b\" : [ {\"c\":null} , \"x\" ]}", "{\"é\":true,\"\\u00e9\":-0.5e2}"];
        string[] bad = ["", "[]", "1", "null", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "{\"a\":1}}", "{\"a\":tru}", "{\"a\":[}"];
        Assert.All(good, text => Assert.True(Read(constraint, text).Accepts, text));
        Assert.All(bad, text => Assert.False(Read(constraint, text).Accepts, text));
        for (int seed = 0; seed < Soak.Count(50, 2000); seed++)
        {
            string text = Walk(constraint, (ulong)seed, out bool ended);
            if (ended)
                Assert.Equal(JsonValueKind.Object, JsonElement.Parse(text).ValueKind);
        }
    }

    [Theory]
    [InlineData("""{"type":"string","pattern":"a+"}""", "#/pattern")]
    [InlineData("""{"type":"object","properties":{"a/b":{"type":"integer","minimum":1}}}""", "#/properties/a~1b/minimum")]
    [InlineData("""{"type":"array","items":{"anyOf":[{"type":"null"},{"type":"string","format":"date"}]}}""", "#/items/anyOf/1/format")]
    [InlineData("""{"allOf":[{"type":"null"}]}""", "#/allOf")]
    [InlineData("{}", "#/type")]
    [InlineData("true", "#")]
    [InlineData("""{"type":"array","items":true}""", "#/items")]
    [InlineData("""{"type":"object"}""", "#/type")]
    [InlineData("""{"type":"object","properties":{},"additionalProperties":true}""", "#/additionalProperties")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"null"}},"required":["b"]}""", "#/required")]
    [InlineData("""{"type":"array"}""", "#/type")]
    [InlineData("""{"type":"array","items":{"type":"null"},"minItems":3,"maxItems":2}""", "#/maxItems")]
    [InlineData("""{"type":"string","maxLength":-1}""", "#/maxLength")]
    [InlineData("""{"type":"text"}""", "#/type")]
    [InlineData("""{"type":"string","minItems":1}""", "#/minItems")]
    [InlineData("""{"enum":[]}""", "#/enum")]
    [InlineData("""{"enum":[1,"a"],"type":"string"}""", "#/enum")]
    [InlineData("""{"const":1,"maxLength":1}""", "#/maxLength")]
    [InlineData("""{"anyOf":[{"type":"null"}],"type":"null"}""", "#/type")]
    [InlineData("""{"oneOf":[{"type":"number"},{"type":"integer"}]}""", "#/oneOf")]
    [InlineData("""{"$ref":"#/$defs/x"}""", "#/$ref")]
    [InlineData("""{"$ref":"#"}""", "#/$ref")]
    [InlineData("""{"type":"object","properties":{"a":{"$defs":{},"type":"null"}}}""", "#/properties/a/$defs")]
    [InlineData("""{"type":"object","properties":{"next":{"$ref":"#"}},"required":["next"]}""", "#")]
    [InlineData("""{"const":"\ud800"}""", "#")]
    [InlineData("""{"type":"null","type":"null"}""", "#")]
    [InlineData("[", "#")]
    public void What_is_outside_of_the_subset_is_refused_where_it_stands(string schema, string pointer) =>
        Assert.Equal(pointer, Assert.Throws<JsonSchemaException>(() => JsonConstraint.Compile(schema, s_tokenizer, [s_end])).Pointer);

    [Fact]
    public void Nesting_ends_where_readers_of_JSON_end()
    {
        const string schema = """{"type":"array","items":{"anyOf":[{"$ref":"#"},{"type":"object","properties":{"x":{"$ref":"#"}},"required":["x"]}]}}""";
        var constraint = JsonConstraint.Compile(schema, s_tokenizer, [s_end]);
        string deepest = new string('[', 64) + new string(']', 64);
        Assert.True(Read(constraint, deepest).Accepts);
        AssertValid(deepest, schema);
        Assert.True(Read(constraint, new string('[', 65)).IsDead);
        Assert.False(Read(constraint, new string('[', 62) + "{").IsDead); // room for the array that the object needs
        Assert.True(Read(constraint, new string('[', 63) + "{").IsDead);
    }

    [Fact]
    public void A_tokenizer_without_some_bytes_writes_what_it_can_and_comes_to_no_dead_end()
    {
        var poor = TinyTokenizer.Of("\"", "\"a", "a", "ab", "\\", "é", "{\"a\":", "1");
        var constraint = JsonConstraint.Compile("""{"type":"string"}""", poor, []);
        Assert.True(Read(constraint, "\"aa\"").Accepts);
        Assert.True(Read(constraint, "\"\\\"\"").Accepts);
        Assert.True(Read(constraint, "\"é").IsDead); // both bytes, but no token of one byte
        var thrown = Assert.Throws<JsonSchemaException>(() => JsonConstraint.Compile("""{"type":"object","properties":{"a":{"type":"string"}},"required":["a"]}""", poor, []));
        Assert.Contains("no document satisfies", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tokenizers_that_drop_the_first_space_may_begin_with_one()
    {
        var tokens = new[] { "<unk>", "▁{", "▁", "{", "}", "▁\"" }.Concat(Enumerable.Range(0, 256).Select(b => $"<0x{b:X2}>")).Select((t, i) => (t, i)).ToDictionary(t => t.t, t => t.i);
        var tokenizer = TinyTokenizer.Load(new
        {
            normalizer = new { type = "Sequence", normalizers = new object[] { new { type = "Prepend", prepend = "▁" }, new { type = "Replace", pattern = new { String = " " }, content = "▁" } } },
            decoder = new { type = "Sequence", decoders = new object[] { new { type = "Replace", pattern = new { String = "▁" }, content = " " }, new { type = "ByteFallback" }, new { type = "Fuse" }, new { type = "Strip", content = " ", start = 1, stop = 0 } } },
            model = new { type = "BPE", vocab = tokens, merges = Array.Empty<string>(), byte_fallback = true, unk_token = "<unk>", fuse_unk = true },
        });
        var constraint = JsonConstraint.Compile("""{"type":"object","properties":{"é":{"type":"string"}}}""", tokenizer, []);
        var first = constraint.Following(constraint.Start);
        Assert.True(first.Contains(tokenizer.IdOf("▁{")!.Value) && first.Contains(tokenizer.IdOf("{")!.Value) && !first.Contains(tokenizer.IdOf("▁\"")!.Value));
        string text = Walk(constraint, 3, out bool ended, tokenizer);
        Assert.True(ended);
        using var document = JsonDocument.Parse(text);
        Assert.Equal(JsonValueKind.Object, document.RootElement.ValueKind);
    }

    private static void AssertValid(string text, string schema)
    {
        try
        {
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { AllowDuplicateProperties = false });
            Assert.True(SchemaCheck.IsValid(document.RootElement, JsonElement.Parse(schema)), $"{text} against {schema}");
        }
        catch (JsonException e)
        {
            Assert.Fail($"{text}: {e.Message}");
        }
    }

    private static ConstraintState Read(JsonConstraint constraint, string text)
    {
        var state = constraint.Start;
        foreach (byte value in Encoding.UTF8.GetBytes(text))
            state = constraint.Step(state, value);
        return state;
    }

    /// <summary>Any token that may follow, drawn without a model; after a while, whatever closes something.</summary>
    private static string Walk(JsonConstraint constraint, ulong seed, out bool ended, Tokenizer? tokenizer = null)
    {
        tokenizer ??= s_tokenizer;
        var random = new CounterRandom(seed, 4);
        var state = constraint.Start;
        var tokens = new List<int>();
        ulong at = 0;
        while (!state.IsFinal && tokens.Count < 3000)
        {
            var following = constraint.Following(state);
            int[] allowed = [.. Enumerable.Range(0, tokenizer.VocabularySize).Where(following.Contains)];
            if (state.Accepts && (allowed.Length == 0 || random.Uniform(at++) < 0.2))
                break;
            Assert.NotEmpty(allowed);
            int[] closing = tokens.Count < 60 ? [] : [.. allowed.Where(t => tokenizer.Decode([t]) is "\"" or "]" or "}" or "\"}" or "n")];
            int[] from = closing.Length > 0 ? closing : allowed;
            tokens.Add(from[(int)(random.Uniform(at++) * from.Length)]);
            state = constraint.After(state, tokens[^1]);
        }

        ended = state.Accepts;
        return tokenizer.Decode([.. tokens]);
    }
}
