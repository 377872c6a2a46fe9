using ModelOps.Core.Data;
using ModelOps.Core.Fingerprinting;
using ModelOps.Pipeline.Files;

namespace ModelOps.Cli.Tests;

/// <summary>
/// A project with the targets and properties that the tool asks of a model project, without the SDK: what a target says is up to the test,
/// and the files of its stages are written by the product's own types.
/// </summary>
internal sealed class FixtureProject : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <param name="body">MSBuild XML, for example a target.</param>
    public FixtureProject(string body = "")
    {
        Path = _folder.File("Triage.csproj", $"""
            <Project>
              <PropertyGroup>
                <ModelOpsIntermediateDirectory>$(MSBuildProjectDirectory)/artifacts/modelops/</ModelOpsIntermediateDirectory>
                <ModelOpsHome>$(MSBuildProjectDirectory)/store/</ModelOpsHome>
                <ModelOpsForce Condition="'$(ModelOpsForce)' == ''">false</ModelOpsForce>
              </PropertyGroup>
              <Target Name="ModelOpsFingerprint" />
              {body}
            </Project>
            """);
        Files = new StageFiles(System.IO.Path.Combine(_folder.Path, "artifacts", "modelops"));
    }

    public string Path { get; }

    public string Folder => _folder.Path;

    public string Store => System.IO.Path.Combine(_folder.Path, "store");

    public string Receipts => System.IO.Path.Combine(Files.Directory, "receipts");

    public StageFiles Files { get; }

    /// <summary>Makes the training rows and a setting what they are now: fingerprint and manifest, as Validate and Fingerprint write them.</summary>
    public FingerprintFile Fingerprint(double learningRate, params string[] questions)
    {
        string data = _folder.File("data/train/rows.jsonl", string.Concat(questions.Select(q =>
            $$"""{"messages":[{"role":"user","content":"{{q}}"},{"role":"assistant","content":"yes"}]}""" + "\n")));
        Dataset rows = DatasetReader.Read([data], DatasetKind.Training, new RecordingLog(), CancellationToken.None)!;
        DatasetManifest.Of(_folder.Path, [rows]).Write(Files.Dataset);
        rows.WriteRows(Files.Rows(DatasetKind.Training));
        FingerprintFile fingerprint = FingerprintFile.Of("train", new KeyFields().Add(DatasetKind.Training.Field(), rows.Digest).Add("learningRate", learningRate));
        fingerprint.Write(Files.Fingerprint);
        return fingerprint;
    }

    /// <summary>Leaves what Train leaves: the adapter, what it was made of, and the receipt.</summary>
    public void Train(FingerprintFile fingerprint)
    {
        Directory.CreateDirectory(Files.Adapter);
        string weights = System.IO.Path.Combine(Files.Adapter, "adapter_model.safetensors");
        File.WriteAllText(weights, fingerprint.Key.Hex);
        Files.Trained.Keep(fingerprint, Files.Dataset, Files.Rows(DatasetKind.Training));
        new Receipt().Fact("key", fingerprint.Key.ToString()).File(weights).Write(System.IO.Path.Combine(Receipts, "Train"));
    }

    public void Dispose() => _folder.Dispose();
}
