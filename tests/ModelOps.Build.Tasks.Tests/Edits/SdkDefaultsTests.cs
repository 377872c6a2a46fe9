using System.Text.Json;
using ModelOps.Core.Protocol;
using ModelOps.Pipeline.Configuration;

namespace ModelOps.Build.Tasks.Tests.Edits;

public sealed class SdkDefaultsTests
{
    /// <summary>What differs from these was set by a person: a provider that cannot be told it refuses (RemoteCheck).</summary>
    [Fact]
    public void Options_have_the_defaults_of_the_sdk()
    {
        TypedSettings settings = TypedSettings.Require(new ProjectInputs { ProjectFile = "/p/p.csproj", Settings = SdkDefaults.Settings });

        Assert.Equal(JsonSerializer.Serialize(new TrainOptions(), WorkerJson.Options), JsonSerializer.Serialize(settings.Training, WorkerJson.Options));
    }
}
