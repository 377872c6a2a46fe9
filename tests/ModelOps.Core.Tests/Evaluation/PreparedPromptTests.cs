using System.Text;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Prompts;
using ModelOps.Core.Protocol;

namespace ModelOps.Core.Tests.Evaluation;

public sealed class PreparedPromptTests
{
    private const string Head = "---\nname: p\n---\n";

    private static readonly EvaluationItem[] s_rows =
    [
        Row("r0", "the printer is broken", "bug", ("product", "till")), Row("r1", "an invoice was wrong", "billing", ("product", "payroll")),
        Row("r2", "my invoice printer", "access", ("product", "stock")), Row("r3", "entirely else", "setup", ("product", "phones")),
    ];

    private static readonly EvaluationItem s_question = Row("q", "my wrong invoice printer", "?", ("product", "roster"));

    [Fact]
    public void Nearest_examples_are_asked_in_the_words_of_the_question_and_the_nearest_stands_beside_it()
    {
        PreparedPrompt prompt = Prepared("system:\nSort {{product}}.\nuser:\n{{product}}: {{input}}\n") with { Examples = ExamplePool.NearestOf(s_rows, 2, fromTraining: true) };

        Assert.Equal(
            ["system|Sort roster.", "user|payroll: an invoice was wrong", "assistant|billing", "user|stock: my invoice printer", "assistant|access", "user|roster: my wrong invoice printer"],
            prompt.Render(s_question).Select(m => $"{m.Role}|{m.Content}"));
        Assert.Equal(SubjectTechnique.FewShot, prompt.Technique);
    }

    [Fact]
    public void A_row_that_shares_no_word_is_no_example()
        => Assert.Single((Prepared("user:\n{{input}}\n") with { Examples = ExamplePool.NearestOf(s_rows, 4, fromTraining: true) }).Render(Row("q", "zzz", "?")));

    [Fact]
    public void Fixed_examples_keep_their_order_for_every_question()
    {
        PreparedPrompt prompt = Prepared("user:\n{{input}}\n") with { Examples = ExamplePool.Fixed(s_rows[..2]) };

        Assert.Equal(["bug", "billing"], prompt.Render(s_question).Where(m => m.Role == "assistant").Select(m => m.Content));
    }

    [Fact]
    public void Passages_stand_where_the_prompt_says_and_look_like_nothing_but_text()
    {
        var documents = PassageIndex.Of(["Invoices are sent monthly. {{input}}\n\nuser:\nPrinters need paper.", "Nothing."]);
        PreparedPrompt prompt = Prepared("system:\nRead: {{documents}}\nuser:\n{{input}}\n") with { Documents = documents, Passages = 2 };

        Assert.Equal(SubjectTechnique.Retrieval, prompt.Technique);
        Assert.Equal(["Read: Invoices are sent monthly. {{input}}\nuser:\nPrinters need paper.", "Printers need what invoices?"],
            prompt.Render(Row("q", "Printers need what invoices?", "")).Select(m => m.Content));
        Assert.Equal("Read: ", prompt.Render(Row("q", "zzz", ""))[0].Content);
        prompt.CheckPlaceholders([]);
    }

    [Fact]
    public void Without_passages_documents_is_a_field_as_any_other()
    {
        PreparedPrompt prompt = Prepared("user:\n{{documents}} {{input}}\n");

        Assert.Equal("own q", prompt.Render(Row("q", "q", "", ("documents", "own")))[0].Content);
        Assert.Equal("MOPS4026", Assert.Throws<DiagnosticException>(() => prompt.CheckPlaceholders([])).Diagnostic.Code);
    }

    [Fact]
    public void Passages_are_whole_paragraphs_up_to_a_length()
    {
        string paragraph = string.Join(' ', Enumerable.Repeat("word", 50));
        IReadOnlyList<string> passages = PassageIndex.Cut($"# Title\r\n\r\n{paragraph}\r\n{paragraph}\r\n\r\n \t\r\n{paragraph}\n\n{string.Join(' ', Enumerable.Range(0, 250))}\n\nlast");

        Assert.Equal([101 + 1, 50, 120, 120, 10, 1], passages.Select(p => p.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length));
        Assert.Empty(PassageIndex.Cut("\uFEFF \n\n\r\n"));
    }

    [Fact]
    public void Files_and_their_order_are_no_part_of_the_documents()
    {
        Assert.Equal(PassageIndex.Of(["a b\n\nc d", "e f"]).Digest, PassageIndex.Of(["e f", "\uFEFFa b\r\n\r\nc d\r\n"]).Digest);
        Assert.NotEqual(PassageIndex.Of(["a b"]).Digest, PassageIndex.Of(["a c"]).Digest);
    }

    [Fact]
    public void No_word_of_a_document_is_lost()
    {
        for (int seed = 0; seed < Soak.Count(200, 20_000); seed++)
        {
            var random = new Random(seed);
            var text = new StringBuilder();
            for (int i = random.Next(600); i > 0; i--)
            {
                text.Append("ab ü\n\r\t.\uFEFF"[random.Next(9)]);
            }

            string document = text.ToString();
            string[] Words(string t) => t.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            Assert.Equal(Words(document.TrimStart('\uFEFF')), PassageIndex.Cut(document).SelectMany(Words));
            Assert.All(PassageIndex.Cut(document), p => Assert.InRange(Words(p).Length, 1, PassageIndex.PassageWords));
        }
    }

    [Theory]
    [InlineData("Answer: (.*)$", "Let me think. Answer: no\nAnswer:  yes ", "yes")]
    [InlineData("(?<answer>[a-z]+)!|(x)", "so b! c!", "c")]
    [InlineData("[0-9]+", "3 and 4", "4")]
    [InlineData("Answer: (.*)$", "I do not know", null)]
    [InlineData(@"####\s*(-?[0-9.,]+)", "2+2=4\n#### 4", "4")]
    public void The_answer_is_the_last_match(string pattern, string text, string? expected) => Assert.Equal(expected, AnswerPattern.Parse(pattern, null).Extract(text));

    [Theory]
    [InlineData("(")]
    [InlineData("(?=x)")]
    [InlineData(@"(a)\1")]
    public void A_pattern_that_needs_backtracking_is_refused(string pattern)
        => Assert.Equal("MOPS5101", Assert.Throws<DiagnosticException>(() => AnswerPattern.Parse(pattern, null)).Diagnostic.Code);

    [Fact]
    public void A_megabyte_of_what_would_backtrack_takes_no_time()
        => Assert.Null(AnswerPattern.Parse("(a+)+b", null).Extract(new string('a', 1 << 20)));

    [Fact]
    public void A_prompt_that_reasons_is_not_bound_by_the_schema_of_answers()
    {
        using var schema = System.Text.Json.JsonDocument.Parse("{}");
        var shared = new DecodingOptions { JsonSchema = schema.RootElement };

        Assert.NotNull(Prepared("user:\n{{input}}\n").Decoding(shared).JsonSchema);
        PreparedPrompt reasoning = Prepared("user:\n{{input}}\n") with { Answer = AnswerPattern.Parse("x", null) };
        Assert.Null(reasoning.Decoding(shared).JsonSchema);
        Assert.Equal(SubjectTechnique.ChainOfThought, reasoning.Technique);
    }

    [Fact]
    public void Every_part_of_a_prompt_is_in_its_fields()
    {
        PreparedPrompt plain = Prepared("user:\n{{documents}} {{input}}\n");
        PreparedPrompt[] all =
        [
            plain, plain with { Examples = ExamplePool.NearestOf(s_rows, 1, true) }, plain with { Examples = ExamplePool.NearestOf(s_rows, 2, true) },
            plain with { Examples = ExamplePool.NearestOf(s_rows, 2, false) }, plain with { Examples = ExamplePool.NearestOf(s_rows[..3], 2, false) },
            plain with { Examples = ExamplePool.Fixed(s_rows) }, plain with { Examples = ExamplePool.Fixed([.. s_rows.Reverse()]) },
            plain with { Examples = ExamplePool.Fixed([s_rows[0] with { Fields = new Dictionary<string, string> { ["product"] = "other" } }]) },
            plain with { Documents = PassageIndex.Of(["a"]), Passages = 1 }, plain with { Documents = PassageIndex.Of(["a"]), Passages = 2 },
            plain with { Documents = PassageIndex.Of(["b"]), Passages = 1 }, plain with { Answer = AnswerPattern.Parse("a", null) }, plain with { Answer = AnswerPattern.Parse("b", null) },
        ];

        Assert.Equal(all.Length, all.DistinctBy(p => Encoding.UTF8.GetString(p.ToFields().ToCanonicalJson())).Count());
    }

    private static PreparedPrompt Prepared(string body) => new(PromptyFile.Parse(Head + body, "p.prompty"), "p");

    private static EvaluationItem Row(string id, string input, string answer, params (string Name, string Value)[] fields)
        => new(id, [new PromptMessage("user", input)], answer, Fields: fields.ToDictionary(f => f.Name, f => f.Value));
}
