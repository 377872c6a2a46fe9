using System.Text.Json;
using System.Text.Json.Nodes;
using ModelOps.Engine.ChatTemplates;
using ModelOps.Engine.Tokenization;

namespace ModelOps.Engine.Tests.ChatTemplates;

public sealed class ConversationRendererTests
{
    private const string ChatMl =
        "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' + m.content + '<|im_end|>' + '\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

    private static readonly Tokenizer s_bytes = Load("byte-level");
    private static readonly Tokenizer s_pieces = Load("sentencepiece");
    private static readonly ChatConversation s_turns = ChatConversation.FromMessages(
        ("system", "Be brief."), ("user", "one"), ("assistant", "first answer"), ("user", "two"), ("assistant", "second"));

    [Fact]
    public void Every_answer_and_its_end_of_turn_is_scored_and_nothing_else() =>
        Assert.Equal(["first answer<|im_end|>", "second<|im_end|>"], Scored(ChatMl, s_bytes, s_turns));

    [Theory]
    [InlineData(ChatMl)]
    [InlineData("{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' }}{% if m.role == 'assistant' %}{% generation %}{{ m.content + '<|im_end|>' }}{% endgeneration %}{{ '\n' }}{% else %}{{ m.content + '<|im_end|>\n' }}{% endif %}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}")]
    public void Answers_inside_a_prompt_are_not_scored(string template)
    {
        var renderer = new ConversationRenderer(ChatTemplate.Parse(template), s_bytes);
        var whole = renderer.Render(s_turns);
        var last = renderer.Render(s_turns, firstAnswer: 4);
        Assert.Equal(whole.Tokens, last.Tokens);
        Assert.Equal("second<|im_end|>", s_bytes.Decode([.. last.Tokens.Where((_, i) => last.IsAssistant[i])]));
    }

    [Fact]
    public void The_tokens_before_an_answer_are_those_of_its_prompt()
    {
        var renderer = new ConversationRenderer(ChatTemplate.Parse(ChatMl), s_bytes);
        var rendered = renderer.Render(s_turns);
        int[] prompt = renderer.RenderPrompt(ChatConversation.FromMessages(("system", "Be brief."), ("user", "one")));
        Assert.Equal(prompt, rendered.Tokens[..prompt.Length]);
        Assert.DoesNotContain(true, rendered.IsAssistant[..prompt.Length]);
        Assert.True(rendered.IsAssistant[prompt.Length]);
        Assert.Equal(s_bytes.IdOf("<|im_end|>"), renderer.EndOfTurnToken);
    }

    [Fact]
    public void A_token_that_would_join_prompt_and_answer_is_encoded_apart()
    {
        // Four spaces are one token of this vocabulary; the prompt ends in two of them.
        string template = "{% for m in messages %}{{ m.role + ':  ' + m.content + '<|im_end|>' }}{% endfor %}{% if add_generation_prompt %}{{ 'assistant:  ' }}{% endif %}";
        var conversation = ChatConversation.FromMessages(("user", "x"), ("assistant", "  return"));
        var renderer = new ConversationRenderer(ChatTemplate.Parse(template), s_bytes);
        var rendered = renderer.Render(conversation);
        int[] prompt = renderer.RenderPrompt(ChatConversation.FromMessages(("user", "x")));
        Assert.NotEqual(s_bytes.Encode(rendered.Text, addSpecialTokens: false), rendered.Tokens);
        Assert.Equal(prompt, rendered.Tokens[..prompt.Length]);
        Assert.Equal(["  return<|im_end|>"], Scored(template, s_bytes, conversation));
    }

    [Fact]
    public void A_template_without_a_generation_prompt_is_proved_too()
    {
        string template = "{{ bos_token }}{% for m in messages %}{% if m.role == 'user' %}{{ '[INST] ' + m.content + ' [/INST]' }}{% else %}{{ ' ' + m.content + eos_token }}{% endif %}{% endfor %}";
        var conversation = ChatConversation.FromMessages(("user", "hi"), ("assistant", "the model"), ("user", "and"), ("assistant", "right"));
        var tokens = new Dictionary<string, string> { ["bos_token"] = "<s>", ["eos_token"] = "</s>" };
        var renderer = new ConversationRenderer(ChatTemplate.Parse(template, specialTokens: tokens), s_pieces);
        Assert.Equal(["the model</s>", "right</s>"], Scored(renderer, conversation));
        Assert.Equal(s_pieces.IdOf("</s>"), renderer.EndOfTurnToken);
    }

    [Fact]
    public void A_closing_token_of_the_last_turn_alone_does_not_disturb_the_others()
    {
        string template = ChatMl + "{% if not add_generation_prompt %}{{ '<|endoftext|>' }}{% endif %}";
        Assert.Equal(["first answer<|im_end|>", "second<|im_end|>\n<|endoftext|>"], Scored(template, s_bytes, s_turns));
    }

    [Fact]
    public void Marks_of_the_template_decide_where_there_are_any()
    {
        string template = "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' }}{% if m.role == 'assistant' %}{% generation %}{{ m.content + '<|im_end|>' }}{% endgeneration %}{{ '\n' }}{% else %}{{ m.content + '<|im_end|>\n' }}{% endif %}{% endfor %}";
        Assert.Equal(["first answer<|im_end|>", "second<|im_end|>"], Scored(template, s_bytes, s_turns));
    }

    [Theory]
    [InlineData("{% for m in messages %}{{ '<|im_start|>' + m.role + m.content }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant<think>' }}{% endif %}", "the prompt for the answer")]
    [InlineData("{% for m in messages %}{{ '<|im_start|>' + m.role + (m.content if loop.last or m.role != 'assistant' else m.content | upper) + '<|im_end|>' }}{% endfor %}", "differently")]
    [InlineData("{{ messages | length }}{% for m in messages %}{{ m.content }}{% endfor %}", "the prompt for the answer")]
    [InlineData("{% for m in messages %}{{ m.role + ': ' + m.content + '\n' }}{% endfor %}{% if add_generation_prompt %}{{ 'assistant: ' }}{% endif %}", "never stop")]
    [InlineData("{% for m in messages %}{% if m.role == 'assistant' %}{% generation %}{{ m.content }}{% endgeneration %}{{ '<|im_end|>' }}{% else %}{{ m.content }}{% endif %}{% endfor %}", "never stop")]
    [InlineData("{% if false %}{% generation %}{% endgeneration %}{% endif %}{% for m in messages %}{{ m.content }}{% endfor %}", "marks nothing")]
    public void Without_a_proof_there_is_no_mask(string template, string reason)
    {
        var renderer = new ConversationRenderer(ChatTemplate.Parse(template), s_bytes);
        var e = Assert.Throws<UnprovableMaskException>(() => renderer.Render(s_turns));
        Assert.Contains(reason, e.Reason, StringComparison.Ordinal);
    }

    [TheoryIfShared]
    [InlineData("chatml", true)]
    [InlineData("gemma", true)]
    [InlineData("llama3", true)]
    [InlineData("mistral_v1", true)]
    [InlineData("qwen2_5", true)]
    [InlineData("qwen3_training", true)]
    [InlineData("zephyr_tinyllama", true)]
    [InlineData("deepseekv3", false)] // its prompt opens <think>, its answers do not
    [InlineData("phi3", true)] // it closes the last turn in a way of its own
    public void Shipped_templates_have_a_mask(string name, bool provable)
    {
        var source = JsonElement.Parse(File.ReadAllText(SharedCases.In("templates", name, "SOURCE.json")));
        var tokens = new Dictionary<string, string>();
        foreach (string token in new[] { "bos_token", "eos_token" })
        {
            if (source.GetProperty(token).GetString() is { } text)
                tokens[token] = text;
        }

        var renderer = new ConversationRenderer(ChatTemplate.Parse(File.ReadAllText(SharedCases.In("templates", name, "chat_template.jinja")), name, tokens), WithTokens("<|eot_id|>", "<end_of_turn>", "<|end|>", "</s>", "<|start_header_id|>"));
        var conversation = ChatConversation.FromMessages(("user", "one"), ("assistant", "first answer"), ("user", "two"), ("assistant", "second"));
        if (!provable)
        {
            Assert.Throws<UnprovableMaskException>(() => renderer.Render(conversation));
            return;
        }

        var scored = Scored(renderer, conversation);
        Assert.Equal(2, scored.Count);
        Assert.Contains("first answer", scored[0], StringComparison.Ordinal);
        Assert.Contains("second", scored[1], StringComparison.Ordinal);
        Assert.All(scored, s => Assert.DoesNotContain("one", s.Replace("second", "", StringComparison.Ordinal), StringComparison.Ordinal));
        Assert.All(scored, s => Assert.DoesNotContain("assistant", s, StringComparison.Ordinal));
    }

    private static Tokenizer Load(string name) => Tokenizer.Load(Path.Combine(AppContext.BaseDirectory, "Cases", "tokenizers", name));

    /// <summary>The byte-level tokenizer with further special tokens.</summary>
    private static Tokenizer WithTokens(params string[] tokens)
    {
        var json = JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Cases", "tokenizers", "byte-level", "tokenizer.json")))!;
        foreach (string token in tokens)
            json["added_tokens"]!.AsArray().Add(new JsonObject { ["id"] = 1000 + Array.IndexOf(tokens, token), ["content"] = token, ["special"] = true });
        string path = Path.Combine(Directory.CreateTempSubdirectory("tokens-").FullName, "tokenizer.json");
        File.WriteAllText(path, json.ToJsonString());
        try
        {
            return Tokenizer.LoadFile(path);
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
        }
    }

    private static List<string> Scored(string template, Tokenizer tokenizer, ChatConversation conversation) =>
        Scored(new ConversationRenderer(ChatTemplate.Parse(template), tokenizer), conversation);

    private static List<string> Scored(ConversationRenderer renderer, ChatConversation conversation)
    {
        var rendered = renderer.Render(conversation);
        var parts = new List<string>();
        for (int i = 0; i < rendered.Tokens.Length; i++)
        {
            if (!rendered.IsAssistant[i])
                continue;
            int start = i;
            while (i < rendered.Tokens.Length && rendered.IsAssistant[i])
                i++;
            parts.Add(renderer.Tokenizer.Decode(rendered.Tokens.AsSpan(start, i - start)));
        }

        return parts;
    }
}
