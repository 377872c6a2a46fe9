using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ModelOps.TestUtilities.Providers;

namespace ModelOps.Sdk.Tests;

/// <summary>A real build that trains at a provider, from the first refusal to the package.</summary>
public sealed class Providers
{
    private static readonly string[] s_labels = ["billing", "bug", "access", "setup"];

    [Fact]
    public void A_model_of_openai_is_bought_once_judged_and_packed_as_a_pointer()
    {
        using var provider = new FakeOpenAi { Shutdown = "2027-01-14", Say = question => Array.Find(s_labels, l => question.Contains($" {l} ", StringComparison.Ordinal)) ?? "" };
        TestRepository repository = Repository("openai", provider.Model, provider.Serve(), "OPENAI_API_KEY");

        BuildResult refused = repository.Build();
        Assert.Equal((1, "MOPS3106"), (refused.ExitCode, Assert.Single(refused.Codes)));
        Assert.All(provider.Requests, r => Assert.Equal("GET", r.Method));

        BuildResult begun = repository.Build("-p:ModelOpsBudget=5", "-p:ModelOpsWait=false");
        Assert.True(begun.Succeeded, begun.Output);
        Assert.Equal(["MOPS3115", "MOPS3116", "MOPS3117"], begun.Codes.Distinct().Order());
        Assert.False(File.Exists(repository.Obj("eval.json")));

        provider.Finish();
        BuildResult built = repository.Build("-p:ModelOpsBudget=5");
        Assert.True(built.Succeeded, built.Output);
        Assert.Contains("gates passed", built.Output, StringComparison.Ordinal);
        Assert.Empty(built.Ran); // no worker has anything to do
        int asked = provider.Requests.Count;
        BuildResult again = repository.Build();
        Assert.True(again.Succeeded, again.Output);
        Assert.Contains("up to date", again.Output, StringComparison.Ordinal);

        BuildResult packed = repository.Run("pack");
        Assert.True(packed.Succeeded, packed.Output);
        var package = new PackagingArchive(repository.PathOf("out/Contoso.Triage.1.2.0.nupkg"));
        JsonElement pointer = package.Json("model/tuned.json"), manifest = package.Json("model/modelops.json");
        Assert.Equal((FakeOpenAi.ModelOf(provider.Jobs[0]), "openai", "2027-01-14"), (Text(pointer, "model"), Text(pointer, "trainer"), Text(pointer, "retires")));
        Assert.Equal(("pointer", "sft"), (Text(manifest, "kind"), Text(manifest, "method")));
        Assert.Equal(["model/modelops.json", "model/tuned.json"], package.Files.Where(f => f.StartsWith("model/", StringComparison.Ordinal)));
        Assert.Equal(["net8.0: ModelOps.Consume 1.0.0"], package.Dependencies);
        JsonElement cost = package.Json("lineage/cost.json");
        Assert.Equal(("openai", "USD"), (Text(cost, "trainer"), Text(cost, "currency")));
        Assert.Equal(0.012963m, cost.GetProperty("charged").GetDecimal()); // 4,321 tokens, 3 a million
        Assert.True(cost.GetProperty("estimated").GetDecimal() > 0);

        // Another clone with the same store, without a key and without consent.
        Directory.Delete(repository.Obj(""), recursive: true);
        BuildResult clone = repository.Environment("OPENAI_API_KEY", "").Build();
        Assert.True(clone.Succeeded, clone.Output);
        Assert.Equal((1, 1, asked), (provider.Jobs.Count, provider.PaidJobs, provider.Requests.Count));
        Assert.Empty(provider.NotAllowed);
        NoKeyAnywhere(Path.GetDirectoryName(repository.Root)!, FakeProvider.Key);
        repository.Done();
    }

    [Fact]
    public void A_model_of_azure_is_deployed_while_it_is_asked_and_nothing_is_left_whatever_happens()
    {
        using var provider = new FakeAzure { ReadyAfter = 0, Shutdown = new DateOnly(2027, 2, 1), Say = question => Array.Find(s_labels, l => question.Contains($" {l} ", StringComparison.Ordinal)) ?? "" };
        string url = provider.Serve();
        TestRepository repository = Repository("azure", provider.Model, url, "AZURE_OPENAI_API_KEY")
            .Environment("AZURE_OPENAI_RESOURCE_ID", FakeAzure.Resource).Environment("AZURE_MANAGEMENT_TOKEN", FakeAzure.ManagementToken).Environment("AZURE_RESOURCE_MANAGER_URL", url[..^3]);
        BuildResult begun = repository.Build("-p:ModelOpsBudget=5", "-p:ModelOpsWait=false");
        Assert.True(begun.Succeeded, begun.Output);
        Assert.Equal(["MOPS3115", "MOPS3116"], begun.Codes.Distinct().Order());
        provider.Finish();

        int answers = 0;
        provider.Fault = (request, _) => request.Path == "/chat/completions" && answers++ == 7 ? new FakeFault(FakeFaultKind.Status, 403) : null;
        BuildResult broken = repository.Build("-p:ModelOpsBudget=5");
        Assert.Contains("MOPS5113", broken.Codes);
        Assert.Empty(provider.Deployments);

        // As a build that was killed would have left it: the record in the store, the deployment there.
        string left = "modelops-eval-0123abcd-1790000000-89abcdef";
        provider.Deployments[left] = (JsonNode.Parse("""{"sku":{},"properties":{"model":{"version":"1"}}}""")!.AsObject(), 0);
        repository.Write(Path.Combine(repository.Store, "deployments", left + ".json"), $$"""{"trainer":"azure","url":"{{url}}","name":"{{left}}","model":"m"}""");
        provider.Fault = (_, _) => null;
        BuildResult built = repository.Run("pack", "-p:ModelOpsBudget=5");

        Assert.True(built.Succeeded, built.Output);
        Assert.Contains("gates passed", built.Output, StringComparison.Ordinal);
        Assert.Empty(provider.Deployments);
        Assert.Equal((1, 0), (provider.Jobs.Count, provider.NotAllowed.Count));
        var package = new PackagingArchive(repository.PathOf("out/Contoso.Triage.1.2.0.nupkg"));
        JsonElement pointer = package.Json("model/tuned.json");
        Assert.Equal((FakeAzure.ModelOf(provider.Jobs[0]), "azure", "2027-02-01"), (Text(pointer, "model"), Text(pointer, "trainer"), Text(pointer, "retires")));
        NoKeyAnywhere(Path.GetDirectoryName(repository.Root)!, FakeProvider.Key, FakeAzure.ManagementToken);
        repository.Done();
    }

    [Fact]
    public void An_adapter_of_together_comes_home_and_the_data_keep_their_identity()
    {
        using var provider = new FakeTogether();
        TestRepository repository = Repository("together", provider.Model, provider.Serve(), "TOGETHER_API_KEY").Environment("MODELOPS_MOCK_SKILL", "0,1");
        BuildResult begun = repository.Build("-p:ModelOpsBudget=5", "-p:ModelOpsWait=false");
        Assert.True(begun.Succeeded, begun.Output);
        string dataset = File.ReadAllText(repository.Obj("dataset.json"));
        provider.Finish();

        BuildResult built = repository.Run("pack", "-p:ModelOpsBudget=5");

        Assert.True(built.Succeeded, built.Output);
        Assert.DoesNotContain("train", built.Ran);
        var package = new PackagingArchive(repository.PathOf("out/Contoso.Triage.1.2.0.nupkg"));
        Assert.Equal(TinyAdapter.File("adapter_model.safetensors"), package["model/adapter_model.safetensors"]);
        Assert.Equal(2, package.Dependencies.Count()); // the base model, as with the engine
        Assert.Equal((1, 1), (provider.Jobs.Count, provider.PaidJobs));

        BuildResult here = repository.Property("Trainer", "engine").Save().Build();
        Assert.True(here.Succeeded, here.Output);
        Assert.Contains("train", here.Ran);
        Assert.Contains("retrains: ", here.Output, StringComparison.Ordinal);
        Assert.Equal(dataset, File.ReadAllText(repository.Obj("dataset.json")));
        NoKeyAnywhere(Path.GetDirectoryName(repository.Root)!, FakeProvider.Key);
        repository.Done();
    }

    [Fact]
    public void What_a_provider_cannot_be_told_is_an_error_where_it_is_set()
    {
        TestRepository repository = Repository("openai", "gpt-x", "http://127.0.0.1:1/v1", "OPENAI_API_KEY").Property("LearningRate", "1e-4").Property("LoraRank", "8").Property("Epochs", "99").Save();

        BuildResult build = repository.Build();

        Assert.Equal(["MOPS3101", "MOPS3102"], build.Codes.Order());
        Assert.Matches(@"Triage\.csproj\(\d+,\d+\) ?: error MOPS3101: LearningRate ", build.Output);
        Assert.Matches(@"Triage\.csproj\(\d+,\d+\) ?: error MOPS3101: LoraRank ", build.Output);
        repository.Done();
    }

    private static TestRepository Repository(string trainer, string model, string url, string variable) => new TestRepository().WithTriage()
        .Property("Trainer", trainer).Property("ProviderModel", model).Property("ModelOpsProviderUrl", url)
        .Property("PackageId", "Contoso.Triage").Property("Version", "1.2.0").Property("Authors", "Contoso").Property("PackageLicenseExpression", "MIT").Property("PackageOutputPath", "../out")
        .Write("Triage/prices.json", $$"""[{"trainer":"{{trainer}}","model":"{{model}}","training":3,"prompt":0.3,"completion":1.2,"date":"{{DateTime.UtcNow:yyyy-MM-dd}}","source":"https://prices.test"}]""")
        .Environment(variable, FakeProvider.Key).Save();

    private static string? Text(JsonElement json, string name) => json.GetProperty(name).GetString();

    /// <summary>Every file below a folder, binary logs and packages unpacked: none has the key, in any encoding.</summary>
    private static void NoKeyAnywhere(string folder, params string[] keys)
    {
        int logs = 0;
        foreach (string file in Directory.GetFiles(folder, "*", SearchOption.AllDirectories))
        {
            foreach (byte[] content in Contents(file))
            {
                Assert.All(keys, key => Assert.True(content.AsSpan().IndexOf(Encoding.UTF8.GetBytes(key)) < 0 && content.AsSpan().IndexOf(Encoding.Unicode.GetBytes(key)) < 0, file));
                logs += file.EndsWith(".binlog", StringComparison.Ordinal) ? 1 : 0;
            }
        }

        Assert.True(logs > 1, "no binary log was looked at");
    }

    private static IEnumerable<byte[]> Contents(string file)
    {
        byte[] bytes = File.ReadAllBytes(file);
        yield return bytes;
        if (bytes is [0x1F, 0x8B, ..])
        {
            using var plain = new MemoryStream();
            using var gzip = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress);
            gzip.CopyTo(plain);
            yield return plain.ToArray();
        }
        else if (bytes is [(byte)'P', (byte)'K', 3, 4, ..])
        {
            using var archive = new ZipArchive(new MemoryStream(bytes));
            foreach (ZipArchiveEntry entry in archive.Entries)
            {
                using var plain = new MemoryStream();
                using Stream stream = entry.Open();
                stream.CopyTo(plain);
                yield return plain.ToArray();
            }
        }
    }
}
