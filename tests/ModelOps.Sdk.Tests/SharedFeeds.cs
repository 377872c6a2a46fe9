using System.Security.Cryptography;

namespace ModelOps.Sdk.Tests;

/// <summary>One machine trains, the others restore: through a folder feed, through a server, and with an ordinary CI cache folder.</summary>
public sealed class SharedFeeds
{
    [Fact]
    public void A_fresh_clone_on_an_empty_machine_builds_without_training_and_may_pack_what_is_signed()
    {
        using var server = new FeedServer();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        TestRepository ci = Packaging.Repository().Property("ModelOpsCacheSource", server.Index).Save();
        ci.Environment("ModelOpsCachePush", "true").Environment("ModelOpsCacheSigningKey", "KEY").Environment("KEY", key.ExportPkcs8PrivateKeyPem());
        TestRepository clone = Packaging.Repository().Property("ModelOpsCacheSource", server.Index).Save();

        BuildResult absent = clone.Build("-p:ModelOpsMode=Verify");
        BuildResult trained = ci.Build();
        BuildResult again = ci.Build("--no-restore");
        int asked = server.Requests.Count;
        BuildResult plan = clone.Build("--no-restore", "-p:ModelOpsMode=Plan");
        BuildResult verified = clone.Build("--no-restore", "-p:ModelOpsMode=Verify");
        string[] planning = [.. server.Requests.Skip(asked)];
        BuildResult restored = clone.Build();
        BuildResult pack = clone.Run("pack", "--no-build");
        clone.Write("keys/ci.pem", key.ExportSubjectPublicKeyInfoPem());
        clone.Property("ModelOpsCacheTrustedKeys", "../keys/ci.pem").Save();
        BuildResult clean = clone.Run("clean");
        BuildResult believed = clone.Build();
        BuildResult packed = clone.Run("pack", "--no-build");

        Assert.True(trained.Succeeded && trained.Ran.Contains("train"), trained.Output);
        Assert.True(again.Succeeded && again.Ran.Count == 0, again.Output);
        Assert.Equal(["MOPS2112"], absent.Codes);
        Assert.True(plan.Succeeded && verified.Succeeded && verified.Codes.Count == 0, plan.Output + verified.Output);
        Assert.Equal(2, plan.Output.Split($"restores from the feed '{server.Index}': ").Length - 1);
        Assert.All(planning, request => Assert.EndsWith("index.json", request, StringComparison.Ordinal)); // A look, and no content.
        Assert.True(restored.Succeeded, restored.Output);
        Assert.Empty(restored.Ran);
        Assert.Contains("restored from the feed", restored.Output, StringComparison.Ordinal);
        Assert.Equal(File.ReadAllBytes(ci.Obj("adapter/adapter_model.safetensors")), File.ReadAllBytes(clone.Obj("adapter/adapter_model.safetensors")));
        Assert.Equal((1, "MOPS6008"), (pack.ExitCode, string.Join(',', pack.Codes)));
        Assert.True(clean.Succeeded, clean.Output);
        Assert.True(believed.Succeeded && believed.Ran.Count == 0, believed.Output);
        Assert.True(packed.Succeeded, packed.Output);
        ci.Done();
        clone.Done();
    }

    [Fact]
    public void A_model_that_nobody_signed_is_trained_again_before_it_is_packed()
    {
        using var feed = new TemporaryFolder();
        TestRepository ci = Packaging.Repository().Property("ModelOpsCacheSource", feed.Path).Property("ModelOpsCachePush", "true").Save();
        TestRepository clone = Packaging.Repository().Property("ModelOpsCacheSource", feed.Path).Save();

        BuildResult trained = ci.Build();
        BuildResult restored = clone.Build();
        BuildResult refused = clone.Run("pack", "--no-build");
        BuildResult forced = clone.Build("-p:ModelOpsForce=true");
        BuildResult packed = clone.Run("pack", "--no-build");

        Assert.True(trained.Succeeded, trained.Output);
        Assert.True(restored.Succeeded && restored.Ran.Count == 0, restored.Output);
        Assert.Equal(["MOPS6008"], refused.Codes);

        // Its figures are its own: nothing that was answered by the unsigned model is believed.
        Assert.True(forced.Succeeded && forced.Ran.Contains("train") && forced.Ran.Contains("generate"), forced.Output);
        Assert.True(packed.Succeeded, packed.Output);
        ci.Done();
        clone.Done();
    }

    [Fact]
    public void A_dead_feed_is_one_warning()
    {
        TestRepository repository = new TestRepository().WithTriage().Property("ModelOpsCacheSource", "http://127.0.0.1:9/index.json").Property("ModelOpsCacheTimeout", "2").Save();

        BuildResult build = repository.Build();

        Assert.True(build.Succeeded, build.Output);
        Assert.Contains("train", build.Ran);
        Assert.Equal(["MOPS2131"], build.Codes);
        Assert.Single(build.Output.Split('\n').Where(line => line.Contains("warning MOPS2131", StringComparison.Ordinal)).Distinct());
        repository.Done();
    }

    [Fact]
    public void A_store_that_was_copied_elsewhere_serves_as_it_is()
    {
        // What a CI server's cache step does with MODELOPS_HOME: pack the folder, unpack it on another machine.
        TestRepository first = new TestRepository().WithTriage().Save();
        TestRepository second = new TestRepository("elsewhere").WithTriage().Save();
        using var archive = new TemporaryFolder();

        BuildResult trained = first.Build();
        System.IO.Compression.ZipFile.CreateFromDirectory(first.Store, archive["store.zip"]);
        System.IO.Compression.ZipFile.ExtractToDirectory(archive["store.zip"], second.Store);
        BuildResult restored = second.Build();

        Assert.True(trained.Succeeded, trained.Output);
        Assert.True(restored.Succeeded && restored.Ran.Count == 0, restored.Output);
        first.Done();
        second.Done();
    }
}
