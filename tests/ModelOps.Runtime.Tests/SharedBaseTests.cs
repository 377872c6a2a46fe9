using Microsoft.Extensions.AI;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Packaging;
using ModelOps.Core.Protocol;
using ModelOps.Engine.ChatTemplates;
using ModelOps.Engine.Generation;

namespace ModelOps.Runtime.Tests;

/// <summary>Several packages over one open base: each one answers as if it were alone, whoever else is opened, asked, swapped or closed.</summary>
public sealed class SharedBaseTests : IDisposable
{
    private readonly ModelsFolder _models = new();
    private readonly string[] _folders;

    public SharedBaseTests() => _folders = [.. Enumerable.Range(1, 3).Select(i => _models.MakeAdapter($"Contoso.Model{i}", $"1.0.{i}", seed: i))];

    public void Dispose() => _models.Dispose();

    [Fact]
    public async Task Three_packages_share_one_base_and_mix_nothing()
    {
        using var host = new ModelHost(new ModelRuntimeOptions { Threads = 2, MaxConcurrency = 6 });
        PackagedModel[] models = [.. _folders.Select(host.Open)];
        Assert.Single(models.Select(m => m.Tokenizer).Distinct());
        int count = Soak.Count(90, 10_000);
        string[] tickets = [.. Enumerable.Range(0, 10).Select(i => $"ticket number {i * 37}")];
        string[,] expected = new string[3, tickets.Length];
        for (int m = 0; m < 3; m++)
        {
            for (int t = 0; t < tickets.Length; t++)
            {
                expected[m, t] = Alone(_folders[m], tickets[t]);
            }
        }

        Assert.True(Enumerable.Range(0, tickets.Length).All(t => expected[0, t] != expected[1, t] && expected[1, t] != expected[2, t]), "the adapters answer alike, so a mixture would not show");
        var next = -1;
        await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(async () =>
        {
            for (int i = Interlocked.Increment(ref next); i < count; i = Interlocked.Increment(ref next))
            {
                ModelAnswer answer = await models[i % 3].AnswerAsync(Ask(tickets[i / 3 % tickets.Length]));
                Assert.Equal(expected[i % 3, i / 3 % tickets.Length], answer.Text);
            }
        })));
    }

    [Fact]
    public async Task Two_versions_of_one_package_lie_side_by_side_each_on_its_own_base()
    {
        string newer = _models.MakeAdapter("Contoso.Model1@2.0.0", "2.0.0", seed: 9);
        ModelsFolder.Rewrite(newer, m => m with { Id = "Contoso.Model1" });
        using var host = new ModelHost();
        PackagedModel first = host.Open(_folders[0]), second = host.Open(newer);
        Assert.Same(first.Tokenizer, second.Tokenizer);
        Assert.Equal(Alone(_folders[0], "the lift"), (await first.AnswerAsync(Ask("the lift"))).Text);
        Assert.Equal(Alone(newer, "the lift"), (await second.AnswerAsync(Ask("the lift"))).Text);

        // The newer one's base is another version; the digest says which folder it is.
        string digest = _models.MakeBase(ModelsFolder.BaseId + "@2.0.0", seed: 77);
        ModelsFolder.Rewrite(newer, m => m with { BaseDigest = digest });
        PackagedModel third = host.Open(newer);
        Assert.Equal((digest, false), (third.Proof.BaseDigest, ReferenceEquals(first.Tokenizer, third.Tokenizer)));
        ModelsFolder.Rewrite(newer, m => m with { BaseDigest = "sha256:" + new string('0', 64) });
        Assert.Equal("MOPS7003", Assert.Throws<DiagnosticException>(() => host.Open(newer)).Diagnostic.Code);
    }

    [Fact]
    public async Task A_swap_changes_the_answers_that_follow_and_none_under_way()
    {
        using var host = new ModelHost();
        using PackagedModel model = host.Open(_folders[0]);
        string[] expected = [.. _folders.Select(folder => Alone(folder, "the lift"))];
        using var done = new CancellationTokenSource();
        Task<int>[] askers = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            int asked = 0;
            for (; !done.IsCancellationRequested; asked++)
            {
                Assert.Contains((await model.AnswerAsync(Ask("the lift"))).Text, expected);
            }

            return asked;
        }))];
        for (int round = 1; round <= 30; round++)
        {
            model.Swap(_folders[round % 3]);
            Assert.Equal($"Contoso.Model{(round % 3) + 1}", model.Manifest.Id);
            Assert.Equal(expected[round % 3], (await model.AnswerAsync(Ask("the lift"))).Text);
        }

        await done.CancelAsync();
        Assert.All(await Task.WhenAll(askers), asked => Assert.True(asked > 0));
        Assert.Equal("MOPS7004", Assert.Throws<DiagnosticException>(() => model.Swap(_models["nowhere"])).Diagnostic.Code);
        Assert.Equal(expected[0], (await model.AnswerAsync(Ask("the lift"))).Text);
    }

    [Fact]
    public async Task Closing_one_leaves_the_others_and_closing_the_host_leaves_nobody()
    {
        var host = new ModelHost();
        ModelChatClient one = host.OpenChatClient(_folders[0]), two = host.OpenChatClient(_folders[1]);
        one.Dispose();
        Assert.Equal(Alone(_folders[1], "x"), (await two.GetResponseAsync("x")).Text);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => one.GetResponseAsync("x"));
        using (ModelChatClient again = host.OpenChatClient(_folders[0]))
        {
            Assert.Equal(Alone(_folders[0], "x"), (await again.GetResponseAsync("x")).Text);
        }

        host.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => two.GetResponseAsync("x"));
        Assert.Throws<ObjectDisposedException>(() => host.Open(_folders[0]));
        two.Dispose();
        host.Dispose();
    }

    [Fact]
    public void Opening_proves_that_the_adapter_applies()
    {
        using var host = new ModelHost(new ModelRuntimeOptions { VerifyFiles = FileVerification.Always });
        using PackagedModel model = host.Open(_folders[0]), whole = host.Open(_models.Base);

        Assert.Equal(2 * 3 * 2, model.Proof.Tensors); // layers, modules, A and B
        Assert.Equal((_models.BaseDigest, true), (model.Proof.BaseDigest, model.Proof.FilesVerified));
        Assert.Equal(Core.Artifacts.Digest.OfFile(Path.Combine(_folders[0], "adapter_model.safetensors")).ToString(), model.Proof.AdapterDigest);
        Assert.Equal((0, (string?)null), (whole.Proof.Tensors, whole.Proof.AdapterDigest));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.8)]
    public async Task The_parity_probe_knows_the_evaluated_answers(double temperature)
    {
        string folder = _models.MakeAdapter("Contoso.Sealed", "1.0.0", "Be brief.", seed: 4, decoding: new DecodingOptions { MaxNewTokens = 9, Temperature = temperature, Seed = 5 });
        using var host = new ModelHost();
        using PackagedModel model = host.Open(folder);
        Assert.Equal(0, await model.ProbeParityAsync());
        ParityRow[] rows = [.. Enumerable.Range(0, 4).Select(i => new ParityRow($"sha256:{i}", i % 2 == 0 ? [new("user", $"row {i}")] : [new("system", "S"), new("user", $"row {i}")], "", "stop"))];
        rows = [.. rows.Select(row => row with { Answer = Evaluated(folder, row, temperature) })];
        Assert.Equal("MOPS7104", Refused(folder));

        File.WriteAllBytes(Path.Combine(folder, ParityRow.FileName), ParityRow.ToBytes(rows));
        ModelsFolder.Rewrite(folder);
        Assert.Equal(4, await model.ProbeParityAsync());
        ModelChatClient.Open(folder, new ModelRuntimeOptions { ProbeParity = true }).Dispose();

        rows[2] = rows[2] with { Answer = rows[2].Answer + "." };
        File.WriteAllBytes(Path.Combine(folder, ParityRow.FileName), ParityRow.ToBytes(rows));
        Assert.Equal("MOPS7103", Refused(folder));
        _models.FillB((tensor, i) => (float)Math.Cos(i + tensor), folder);
        Assert.Equal("MOPS7103", Refused(folder));
        File.AppendAllText(Path.Combine(folder, ParityRow.FileName), "{");
        Assert.Equal("MOPS7001", Refused(folder));

        static string Refused(string folder) => Assert.Throws<DiagnosticException>(() => ModelChatClient.Open(folder, new ModelRuntimeOptions { ProbeParity = true, VerifyFiles = FileVerification.Never })).Diagnostic.Code;
    }

    private static ModelQuestion Ask(string ticket) => new([new PromptMessage("user", ticket)]);

    /// <summary>As the worker answers in an evaluation.</summary>
    private string Evaluated(string folder, ParityRow row, double temperature)
    {
        using ChatModel model = ChatModel.Open(_models.Base, folder);
        using var generator = new Generator(model.Model, model.Adapter, threads: 1);
        int[] prompt = model.EncodePrompt(ChatConversation.FromMessages(row.Messages.Select(m => (m.Role, m.Content))));
        return generator.Generate([new GenerationPrompt(prompt, GenerationPrompt.StreamOf(row.Id, 0))], model.Complete(new GenerationOptions { MaxNewTokens = 9, Temperature = temperature, Seed = 5 }))[0].Text!;
    }

    private string Alone(string folder, string ticket)
    {
        using ChatModel model = ChatModel.Open(_models.Base, folder);
        using var generator = new Generator(model.Model, model.Adapter, threads: 1);
        int[] prompt = model.EncodePrompt(ChatConversation.FromMessages([("user", ticket)]));
        return generator.Generate([new GenerationPrompt(prompt)], model.Complete(new GenerationOptions { MaxNewTokens = 12 }))[0].Text!;
    }
}
