using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Packaging;

namespace ModelOps.Runtime.Tests;

/// <summary>What cannot be used says so, by code, before the first answer.</summary>
public sealed class FailureTests : IDisposable
{
    private readonly ModelsFolder _models = new();

    public void Dispose() => _models.Dispose();

    [Theory]
    [InlineData("Contoso.TicketTriage/modelops.json", "MOPS7004")]
    [InlineData("Contoso.TicketTriage/adapter_config.json", "MOPS7007")]
    [InlineData("Contoso.TicketTriage/adapter_model.safetensors", "MOPS7007")]
    [InlineData("BaseModel.tiny/modelops.json", "MOPS7002")]
    [InlineData("BaseModel.tiny/config.json", "MOPS7007")]
    [InlineData("BaseModel.tiny/model.safetensors", "MOPS7007")]
    [InlineData("BaseModel.tiny/tokenizer.json", "MOPS7007")]
    [InlineData("BaseModel.tiny/tokenizer_config.json", "MOPS7007")]
    public void A_missing_file_has_its_code(string file, string code)
    {
        File.Delete(_models[file]);

        Assert.Equal(code, Refused().Code);
    }

    [Theory]
    [InlineData("Contoso.TicketTriage/adapter_config.json")]
    [InlineData("Contoso.TicketTriage/adapter_model.safetensors")]
    [InlineData("BaseModel.tiny/config.json")]
    [InlineData("BaseModel.tiny/model.safetensors")]
    [InlineData("BaseModel.tiny/tokenizer.json")]
    [InlineData("BaseModel.tiny/generation_config.json")]
    [InlineData("BaseModel.tiny/tokenizer_config.json")]
    public void Half_a_file_has_a_code(string file)
    {
        byte[] bytes = File.ReadAllBytes(_models[file]);
        File.WriteAllBytes(_models[file], bytes[..(bytes.Length / 2)]);

        Assert.Equal("MOPS7007", Refused().Code);
    }

    [Fact]
    public void An_adapter_that_changes_nothing_is_refused()
    {
        _models.FillB((_, _) => 0);

        Diagnostic refused = Refused();

        Assert.Equal("MOPS7100", refused.Code);
        Assert.Contains("lora_B", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_adapter_of_another_shape_is_refused()
    {
        string path = _models["Contoso.TicketTriage/adapter_config.json"];
        JsonNode config = JsonNode.Parse(File.ReadAllText(path))!;
        config["r"] = 2;
        File.WriteAllText(path, config.ToJsonString());

        Assert.Equal("MOPS7101", Refused().Code);
    }

    [Fact]
    public void An_adapter_of_another_base_is_refused_although_every_shape_fits()
    {
        string other = _models.MakeBase(ModelsFolder.BaseId, seed: 2);

        Diagnostic refused = Refused();

        Assert.Equal("MOPS7003", refused.Code);
        Assert.Contains(other, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_conversation_that_is_too_long_has_a_code_and_harms_nobody()
    {
        using ModelChatClient client = ModelChatClient.Open(_models.Adapter);

        DiagnosticException refused = await Assert.ThrowsAsync<DiagnosticException>(() => client.GetResponseAsync(string.Concat(Enumerable.Repeat("many words ", 200))));

        Assert.Equal("MOPS7008", refused.Diagnostic.Code);
        Assert.Contains("128 positions", refused.Diagnostic.Message, StringComparison.Ordinal);
        Assert.NotNull((await client.GetResponseAsync("short")).Text);
    }

    [Fact]
    public async Task What_the_chat_template_refuses_has_a_code()
    {
        File.WriteAllText(_models["BaseModel.tiny/chat_template.jinja"], "{{ raise_exception('only users may speak') }}");
        ModelsFolder.Rewrite(_models.Adapter, manifest => manifest with { TemplateDigest = null });
        using ModelChatClient client = ModelChatClient.Open(_models.Adapter, new ModelRuntimeOptions { VerifyFiles = FileVerification.Never });

        DiagnosticException refused = await Assert.ThrowsAsync<DiagnosticException>(() => client.GetResponseAsync("short"));

        Assert.Equal("MOPS7008", refused.Diagnostic.Code);
        Assert.Contains("only users may speak", refused.Diagnostic.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cancelled_call_frees_the_model_for_the_next()
    {
        using ModelChatClient client = ModelChatClient.Open(_models.Adapter);
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.GetResponseAsync("one", cancellationToken: cancelled.Token));

        Assert.NotNull((await client.GetResponseAsync("two")).Text);
    }

    [Fact]
    public async Task Disposing_while_others_wait_for_answers_ends_every_call()
    {
        for (int round = 0; round < 5; round++)
        {
            ModelChatClient client = ModelChatClient.Open(_models.Adapter);
            Task[] calls = [.. Enumerable.Range(0, 8).Select(i => Task.Run(() => client.GetResponseAsync($"ticket {i}")))];
            await Task.Delay(round * 5);

            client.Dispose();

            foreach (Task call in calls)
            {
                Exception? end = await Record.ExceptionAsync(() => call);
                Assert.True(end is null or ObjectDisposedException, end?.ToString());
            }

            await Assert.ThrowsAsync<ObjectDisposedException>(() => client.GetResponseAsync("late"));
            client.Dispose();
        }
    }

    [Theory]
    [InlineData("chat_template.jinja", "{% for m in messages %}{{ m['content'] }}{% endfor %}", "chat template")]
    [InlineData("tokenizer.json", null, "tokenizer")]
    public void Another_tokenizer_or_template_than_the_trained_one_is_refused(string file, string? text, string part)
    {
        string path = _models[$"BaseModel.tiny/{file}"];
        File.WriteAllText(path, text ?? File.ReadAllText(path) + "\n");

        Diagnostic refused = Refused();

        Assert.Equal("MOPS7102", refused.Code);
        Assert.Contains(part, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_package_that_points_at_a_provider_says_that_it_does()
    {
        ModelsFolder.Rewrite(_models.Adapter, manifest => manifest with { Kind = ModelManifest.PointerKind, Base = null, Pointer = new ModelPointer("openai", "ft:x", "https://api.openai.com/v1") });

        using var host = new ModelHost();

        Assert.Equal("MOPS7105", Assert.Throws<DiagnosticException>(() => host.Open(_models.Adapter)).Diagnostic.Code);
    }

    [Fact]
    public void What_opening_may_take_is_known_and_bounded_before()
    {
        ModelMemory memory = ModelMemory.Of(_models.Adapter);

        Assert.Equal(new FileInfo(_models["BaseModel.tiny/model.safetensors"]).Length, memory.Weights);
        Assert.Equal(new FileInfo(_models["Contoso.TicketTriage/adapter_model.safetensors"]).Length, memory.Adapter);
        Assert.True(memory.Work > 0 && memory.Total == memory.Weights + memory.Adapter + memory.Cache + memory.Work);
        Assert.Equal("MOPS7107", Refused(new ModelRuntimeOptions { MemoryLimit = memory.Total - 1 }).Code);
        ModelChatClient.Open(_models.Adapter, new ModelRuntimeOptions { MemoryLimit = memory.Total }).Dispose();
    }

    [Theory]
    [InlineData("Contoso.TicketTriage/adapter_config.json", "MOPS7001")]
    [InlineData("BaseModel.tiny/model.safetensors", "MOPS7001")]
    [InlineData("BaseModel.tiny/tokenizer.json", "MOPS7001")]
    [InlineData("Contoso.TicketTriage/model.safetensors", "MOPS7006", true)]
    [InlineData("BaseModel.tiny/model.safetensors.index.json", "MOPS7006", true)]
    public void Files_are_verified_unless_somebody_says_no(string file, string code, bool added = false)
    {
        ModelChatClient.Open(_models.Adapter).Dispose();
        if (added)
        {
            File.WriteAllText(_models[file], "{}");
        }
        else
        {
            File.Delete(_models[file]);
        }

        Assert.Equal(code, Refused(new ModelRuntimeOptions()).Code);
    }

    [Fact]
    public void A_base_whose_manifest_was_changed_with_it_is_not_the_base()
    {
        // Files and manifest of the base agree with each other, and both say what the adapter wants to hear.
        string path = _models["BaseModel.tiny/model.safetensors"];
        byte[] bytes = File.ReadAllBytes(path);
        bytes[^1] ^= 1;
        File.WriteAllBytes(path, bytes);
        ModelsFolder.Rewrite(_models.Base);

        Assert.Equal("MOPS7003", Refused(new ModelRuntimeOptions()).Code);
        ModelChatClient.Open(_models.Adapter, new ModelRuntimeOptions { VerifyFiles = FileVerification.Never }).Dispose();
    }

    [Theory]
    [InlineData(FileVerification.WhenChanged)]
    [InlineData(FileVerification.Always)]
    public void One_flipped_byte_anywhere_is_found_where_files_are_verified(FileVerification when)
    {
        string[] files = [.. new[] { _models.Adapter, _models.Base }.SelectMany(Directory.GetFiles).Order(StringComparer.Ordinal)];
        var random = new Random(11);
        var options = new ModelRuntimeOptions { VerifyFiles = when };
        ModelChatClient.Open(_models.Adapter, options).Dispose();
        for (int i = 0; i < Soak.Count(60, 1000); i++)
        {
            string file = files[i % files.Length];
            byte[] bytes = File.ReadAllBytes(file);
            byte[] damaged = [.. bytes];
            damaged[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(file, damaged);

            // The manifest itself is vouched for by the package's targets (the consumer's build); here, what it lists.
            Exception? failure = Record.Exception(() => ModelChatClient.Open(_models.Adapter, options).Dispose());

            Assert.True(failure is DiagnosticException { Diagnostic.Code: ['M', 'O', 'P', 'S', '7', ..] } || file.EndsWith("modelops.json", StringComparison.Ordinal), $"{file}: {failure}");
            File.WriteAllBytes(file, bytes);
        }
    }

    [Fact]
    public async Task What_the_model_cannot_do_is_refused_by_name()
    {
        using ModelChatClient client = ModelChatClient.Open(_models.Adapter);
        ChatOptions[] options =
        [
            new() { Tools = [new HostedWebSearchTool()] }, new() { FrequencyPenalty = 1 }, new() { PresencePenalty = -1 },
            new() { StopSequences = ["x"], ResponseFormat = ChatResponseFormat.Json },
        ];
        foreach (ChatOptions asked in options)
        {
            Assert.Equal("MOPS7108", (await Assert.ThrowsAsync<DiagnosticException>(() => client.GetResponseAsync("hello", asked))).Diagnostic.Code);
        }

        var image = new ChatMessage(ChatRole.User, [new DataContent(new byte[] { 1 }, "image/png")]);
        Assert.Equal("MOPS7108", (await Assert.ThrowsAsync<DiagnosticException>(() => client.GetResponseAsync([image]))).Diagnostic.Code);
    }

    private Diagnostic Refused(ModelRuntimeOptions options) => Assert.Throws<DiagnosticException>(() => ModelChatClient.Open(_models.Adapter, options)).Diagnostic;

    /// <summary>What the loader itself says, where nobody compares files with their digests first.</summary>
    private Diagnostic Refused() => Refused(new ModelRuntimeOptions { VerifyFiles = FileVerification.Never });
}
