namespace ModelOps.Sdk.Tests;

/// <summary>What is not as it was packed does not reach an app.</summary>
public sealed class ConsumingDamage
{
    [Fact]
    public void A_changed_cache_a_swapped_base_and_a_missing_base_fail_the_build_by_code()
    {
        ConsumingRepository repository = Consuming.App();
        BuildResult restore = repository.Run("restore", repository.PathOf("App"));
        Assert.True(restore.Succeeded, restore.Output);

        // In the cache before the first build.
        string weights = Path.Combine(repository.Model, "model", "adapter_model.safetensors");
        byte[] good = File.ReadAllBytes(weights);
        byte[] bad = [.. good];
        bad[^1] ^= 1;
        File.WriteAllBytes(weights, bad);
        BuildResult tampered = Build(repository);
        File.WriteAllBytes(weights, good);
        BuildResult mended = Build(repository);

        // After a build that verified everything.
        File.WriteAllBytes(weights, bad);
        BuildResult later = Build(repository);
        File.WriteAllBytes(weights, good);

        // Another base model under the id and version of the right one: every digest of it is right.
        string other = OtherBase();
        string right = repository.Base + ".right";
        Directory.Move(repository.Base, right);
        System.IO.Compression.ZipFile.ExtractToDirectory(other, right[..^".right".Length]);
        foreach (string file in Directory.GetFiles(right[..^".right".Length], "*", SearchOption.AllDirectories))
        {
            File.SetLastWriteTimeUtc(file, DateTime.UtcNow);
        }

        File.Copy(Path.Combine(right, ".nupkg.metadata"), Path.Combine(right[..^".right".Length], ".nupkg.metadata"));
        BuildResult swapped = Build(repository);
        Directory.Delete(right[..^".right".Length], recursive: true);
        Directory.Move(right, right[..^".right".Length]);
        BuildResult good2 = Build(repository);

        Assert.Equal((1, "MOPS7001"), (tampered.ExitCode, string.Join(',', tampered.Codes)));
        Assert.Contains("adapter_model.safetensors", tampered.Output, StringComparison.Ordinal);
        Assert.True(mended.Succeeded, mended.Output);
        Assert.Equal((1, "MOPS7001"), (later.ExitCode, string.Join(',', later.Codes)));
        Assert.Equal((1, "MOPS7003"), (swapped.ExitCode, string.Join(',', swapped.Codes)));
        Assert.True(good2.Succeeded, good2.Output);
        repository.Done();
    }

    [Fact]
    public void A_base_that_is_kept_out_of_the_build_is_missed()
    {
        string version = Path.GetFileNameWithoutExtension(Directory.GetFiles(ConsumingRepository.ModelFeed, "BaseModel.base.*").Single())["BaseModel.base.".Length..];
        ConsumingRepository repository = Consuming.App(items: $"""<PackageReference Include="BaseModel.base" Version="{version}" ExcludeAssets="all" />""");

        BuildResult build = repository.Run("build", repository.PathOf("App"));

        Assert.Equal((1, "MOPS7002"), (build.ExitCode, string.Join(',', build.Codes)));
        repository.Done();
    }

    private static BuildResult Build(ConsumingRepository repository) => repository.Run("build", repository.PathOf("App"), "--no-restore");

    private static string OtherBase()
    {
        TestRepository other = Packaging.Repository("other").Save();
        other.Write("base/model.safetensors", "weights of another base");
        BuildResult pack = other.Run("pack");
        Assert.True(pack.Succeeded, pack.Output);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => other.Done();
        return Directory.GetFiles(other.PathOf("out"), "BaseModel.base.*.nupkg").Single();
    }
}
