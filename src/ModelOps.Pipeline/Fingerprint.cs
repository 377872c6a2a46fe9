using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Fingerprinting;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Files;
using ModelOps.Pipeline.Training;
using ModelOps.Pipeline.Workers;

namespace ModelOps.Pipeline;

public sealed record FingerprintRequest(ProjectInputs Inputs, StageFiles Files, TypedSettings Settings);

public sealed record FingerprintResult(ActionKey Key);

/// <summary>Computes the training key and writes it with its fields to <c>fingerprint.json</c>.</summary>
public static class Fingerprint
{
    public static FingerprintResult Run(FingerprintRequest request, IStageLog log, CancellationToken cancellation)
    {
        StatCache digests = StatCache.Load(request.Files.StatCache);
        BaseModelIdentity baseModel = BaseModels.Of(request.Inputs, digests, cancellation);
        DatasetManifest dataset = DatasetManifest.TryRead(request.Files.Dataset) ?? throw FingerprintStageErrors.NoDataset(request.Files.Dataset);
        FingerprintFile fingerprint = TrainingKey.Of(request.Settings, baseModel, dataset, WorkerIdentity.OfTrainer(request.Inputs, digests, cancellation));
        fingerprint.Write(request.Files.Fingerprint);
        log.Message($"{request.Inputs.ProjectName}: training key {fingerprint.Key.Short}");
        return new FingerprintResult(fingerprint.Key);
    }
}
